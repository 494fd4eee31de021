/** The record with its forecasts, and the chosen unit below it. */

import { useMemo } from 'preact/hooks';
import { isGate } from '../network/quantities';
import { coursesOf } from '../network/trace';
import { choiceOf, setParams } from '../state/route';
import { strings } from '../state/settings';
import { Chart } from '../ui/chart';
import { Segmented } from '../ui/controls';
import { fixed } from '../ui/numbers';
import type { Co2Reading } from './co2';
import type { Selection } from './selection';

const SPANS = ['recent', 'all'] as const;
/** The forecasts are too near to the record to be told apart on all of it. */
const RECENT_MONTHS = 120;

export function Co2Panel({ reading, selection }: { reading: Co2Reading; selection: Selection }) {
  const words = strings.value.maps;
  const { quantity, unit, t } = selection;
  const name = strings.value.quantities[quantity];
  const course = useMemo(() => coursesOf(reading.traced, quantity)[unit], [reading, quantity, unit]);
  const span = choiceOf('span', SPANS, 'recent');
  const first = span === 'all' ? 0 : reading.ppm.length - RECENT_MONTHS;
  const years = useMemo(() => reading.years.slice(first), [reading, first]);
  const { ppm, forecast, heldOut } = reading;
  const lines = useMemo(
    () => [
      { name: words.measured, values: ppm.slice(first), hue: '--ink' },
      {
        name: words.forecast,
        values: forecast.map((value, step) => (step < heldOut ? null : value)).slice(first),
        hue: '--q-forget',
        isDashed: true,
      },
    ],
    [words, ppm, forecast, heldOut, first],
  );
  const unitLines = useMemo(
    () => [
      {
        name: words.unitCourse(unit, name),
        values: Array.from(course ?? []).slice(first),
        hue: `--q-${quantity}`,
      },
    ],
    [words, unit, name, course, quantity, first],
  );
  const onPoint = (index: number) => setParams({ t: first + index });
  const mark = years[t - first];
  return (
    <section class="panel" aria-labelledby="co2">
      <h2 id="co2">{words.co2}</h2>
      <Segmented
        label={words.span}
        choices={SPANS.map((value) => ({ value, label: words.spans[value] }))}
        value={span}
        onChange={(value) => setParams({ span: value })}
      />
      <p>{words.aboutCo2(reading.stepName(t), fixed(ppm[t] ?? 0), fixed(forecast[t] ?? ppm[t] ?? 0))}</p>
      <Chart
        label={words.co2Label}
        x={years}
        lines={lines}
        xLabel={words.year}
        yLabel="ppm"
        height={220}
        {...(mark !== undefined && { mark })}
        onPoint={onPoint}
      />
      <Chart
        label={words.unitCourse(unit, name)}
        x={years}
        lines={unitLines}
        xLabel={words.year}
        yLabel={name}
        height={150}
        {...(mark !== undefined && { mark })}
        {...(isGate(quantity) && { range: [0, 1] as const })}
        onPoint={onPoint}
      />
    </section>
  );
}
