/** The heat map of a reading: which quantity, which units in which order, and files of it. */

import { useMemo, useState } from 'preact/hooks';
import { isGate, type Quantity, quantitiesOf } from '../network/quantities';
import { coursesOf } from '../network/trace';
import { messageOf } from '../state/message';
import { setParams } from '../state/route';
import { strings, theme } from '../state/settings';
import { Button, Segmented, Select } from '../ui/controls';
import { HeatMap } from '../ui/heat-map';
import { Notice } from '../ui/notice';
import { fixed } from '../ui/numbers';
import { type Shown, saveCsv, savePng, saveSvg } from './export';
import { isFeature, type Reading } from './reading';
import { COUNTS, type Selection } from './selection';
import { respondingUnits, SORTS, scaleOf, sorted } from './units';

export function HeatPanel({
  reading,
  selection,
  isUpright = false,
}: {
  reading: Reading;
  selection: Selection;
  /** Whether time runs down, as the rows of a drawing do. */
  isUpright?: boolean;
}) {
  const words = strings.value.maps;
  const { quantity, sort, count, only, unit, t } = selection;
  const onlyKey = only.join();
  const courses = useMemo(() => coursesOf(reading.traced, quantity), [reading, quantity]);
  const scale = useMemo(() => scaleOf(courses), [courses]);
  // Only an order that depends on the cursor may follow it.
  const [sortT, sortUnit] = [sort === 'here' ? t : 0, sort === 'alike' ? unit : 0];
  // `onlyKey` stands for `only`, which is made anew each time.
  const units = useMemo(() => {
    if (only.length > 0) return only;
    const all = sorted(courses, sort, { chosen: sortUnit, t: sortT, features: reading.features });
    return count === 0 ? all : all.slice(0, count);
  }, [courses, sort, sortUnit, sortT, reading, count, onlyKey]);
  const rows = useMemo(
    () => units.map((shownUnit) => courses[shownUnit] ?? new Float32Array()),
    [units, courses],
  );
  const row = units.indexOf(unit);
  const name = strings.value.quantities[quantity];
  const shown: Shown = {
    quantity,
    units,
    courses,
    scale,
    title: name,
    unitLabel: words.unit,
    stepLabel: words.step,
    theme: theme.value,
  };
  const value = courses[unit]?.[t] ?? 0;
  return (
    <section class="panel" aria-labelledby="heat">
      <h2 id="heat">{words.heat(name)}</h2>
      <HeatControls reading={reading} selection={selection} />
      <HeatMap
        rows={rows}
        rowNames={units.map(String)}
        palette={isGate(quantity) ? 'gate' : 'signed'}
        scale={scale}
        row={row}
        t={t}
        onMove={(nextRow, nextT) => setParams({ unit: units[nextRow] ?? 0, t: nextT })}
        label={words.heatLabel(name)}
        says={words.at(unit, t + 1, reading.stepName(t), name, fixed(value))}
        cell={cellSize(units.length, reading.traced.time, isUpright)}
        isUpright={isUpright}
      />
      <Scale quantity={quantity} scale={scale} />
      <Files shown={shown} reading={reading} />
    </section>
  );
}

/** Few units are drawn large enough to carry their numbers. */
function cellSize(units: number, time: number, isUpright: boolean): [number, number] {
  if (isUpright) return [12, Math.max(6, Math.min(24, 480 / units))];
  return [time > 200 ? 3 : 6, units <= 16 ? 18 : units <= 32 ? 14 : 5];
}

function HeatControls({ reading, selection }: { reading: Reading; selection: Selection }) {
  const words = strings.value.maps;
  const { quantities } = strings.value;
  const sorts = SORTS.filter((sort) => !isFeature(sort) || reading.features.has(sort));
  return (
    <div class="row">
      <Select
        label={words.quantity}
        choices={quantitiesOf(reading.layer).map((value: Quantity) => ({ value, label: quantities[value] }))}
        value={selection.quantity}
        onChange={(q) => setParams({ q })}
      />
      <Select
        label={words.sort}
        choices={sorts.map((value) => ({
          value,
          label: isFeature(value) ? words.respondsTo(words.features[value]) : words.sorts[value],
        }))}
        value={selection.sort}
        onChange={(sort) => setParams({ sort })}
      />
      <Segmented
        label={words.count}
        choices={COUNTS.filter((value) => value < reading.traced.units).map((value) => ({
          value,
          label: value === 0 ? words.all(reading.traced.units) : String(value),
        }))}
        value={selection.count}
        onChange={(show) => setParams({ show, units: undefined })}
      />
      <label class="field">
        <span>{words.only}</span>
        <input
          type="text"
          value={selection.only.join(', ')}
          placeholder="3, 17, 40-44"
          onChange={({ currentTarget }) => setParams({ units: currentTarget.value || undefined })}
        />
      </label>
    </div>
  );
}

/** Which colours stand for what. */
function Scale({ quantity, scale }: { quantity: Quantity; scale: number }) {
  const [low, high] = isGate(quantity) ? ['0', '1'] : [fixed(-scale, 1), fixed(scale, 1)];
  const words = strings.value.maps;
  return (
    <p class="colour-scale">
      <span>{isGate(quantity) ? words.closed(low) : low}</span>
      <span class={`ramp ${isGate(quantity) ? 'gate' : 'signed'}`} />
      <span>{isGate(quantity) ? words.open(high) : high}</span>
    </p>
  );
}

function Files({ shown, reading }: { shown: Shown; reading: Reading }) {
  const words = strings.value.maps;
  const [fault, setFault] = useState<string>();
  const save = (write: () => Promise<void> | void) => async () => {
    try {
      await write();
      setFault(undefined);
    } catch (error) {
      setFault(words.notSaved(messageOf(error)));
    }
  };
  return (
    <div class="row">
      <Button onClick={save(() => savePng(shown))}>{words.saveAs('PNG')}</Button>
      <Button onClick={save(() => saveSvg(shown))}>{words.saveAs('SVG')}</Button>
      <Button onClick={save(() => saveCsv(shown, reading))}>{words.saveAs('CSV')}</Button>
      {fault !== undefined && <Notice kind="error">{fault}</Notice>}
    </div>
  );
}

const FINDINGS = 4;

/** Units that respond to something in the input, as buttons that choose them. */
export function Findings({ reading, selection }: { reading: Reading; selection: Selection }) {
  const words = strings.value.maps;
  const { quantity, unit } = selection;
  const courses = useMemo(() => coursesOf(reading.traced, quantity), [reading, quantity]);
  const found = useMemo(
    () =>
      Array.from(reading.features, ([feature, values]) => ({
        feature,
        units: respondingUnits(courses, values, FINDINGS),
      })),
    [reading, courses],
  );
  return (
    <section class="panel" aria-labelledby="findings">
      <h2 id="findings">{words.findings}</h2>
      <p>{words.aboutFindings(strings.value.quantities[quantity])}</p>
      <dl class="findings">
        {found.map(({ feature, units }) => (
          <div key={feature}>
            <dt>{words.features[feature]}</dt>
            <dd>
              {units.map((finding) => (
                <button
                  key={finding.unit}
                  type="button"
                  aria-pressed={finding.unit === unit}
                  onClick={() => setParams({ unit: finding.unit, sort: feature })}
                >
                  <span class="hidden">{words.unit} </span>
                  {finding.unit}
                  <span class="hidden"> {words.correlation}</span> <small>{fixed(finding.correlation)}</small>
                </button>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
