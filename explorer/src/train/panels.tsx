/** What training shows: the loss over the epochs, and the answers beside the truth. */

import { useMemo } from 'preact/hooks';
import { strings } from '../state/settings';
import { Chart } from '../ui/chart';
import { short } from '../ui/numbers';
import type { Series } from './data';
import type { Session } from './session';
import { forecastOf, type SeriesTask, type Task } from './task';

export function LossPanel({ session, baseline }: { session: Session; baseline: number | undefined }) {
  const words = strings.value.train;
  const { epochs } = session;
  const last = epochs.at(-1);
  const best = Math.min(...epochs.map(({ valLoss }) => valLoss));
  const lines = [
    { name: words.loss, values: epochs.map(({ loss }) => loss), hue: '--q-output' },
    { name: words.valLoss, values: epochs.map(({ valLoss }) => valLoss), hue: '--q-forget' },
    { name: words.baseline, values: epochs.map(() => baseline || null), hue: '--quiet', isDashed: true },
  ];
  return (
    <section class="panel" aria-labelledby="loss">
      <h2 id="loss">{words.losses}</h2>
      {last && (
        <Chart
          label={words.losses}
          x={epochs.map(({ epoch }) => epoch)}
          lines={lines}
          xLabel={words.epoch}
          yLabel={words.squaredError}
          isLog
          height={260}
        />
      )}
      <p>{last ? words.lossIs(short(last.loss), short(last.valLoss), short(best)) : words.noLoss}</p>
    </section>
  );
}

/** Before the first epoch there are no answers, but the truth can be drawn. */
export function OutcomePanel({
  session,
  task,
  forecast,
  series,
}: {
  session: Session;
  task: Task;
  forecast: SeriesTask | undefined;
  series: Series | undefined;
}) {
  const words = strings.value.train;
  const said = session.epochs.at(-1)?.said;
  const { x, wanted, answers } = useMemo(
    () => (forecast && series ? seriesOutcome(forecast, series, said) : addingOutcome(task, said)),
    [forecast, series, task, said],
  );
  const title = forecast ? words.forecasts : words.answers;
  return (
    <section class="panel" aria-labelledby="outcome">
      <h2 id="outcome">{title}</h2>
      <p>{forecast ? words.aboutForecasts : words.aboutAnswers}</p>
      <Chart
        label={title}
        x={x}
        lines={[
          { name: words.wanted, values: wanted, hue: '--ink' },
          { name: words.said, values: answers, hue: '--q-forget', isDashed: true },
        ]}
        xLabel={forecast ? words.position : words.sequence}
        yLabel={forecast ? (series?.name ?? '') : words.sum}
        height={240}
      />
    </section>
  );
}

interface Outcome {
  readonly x: number[];
  readonly wanted: number[];
  readonly answers: (number | null)[];
}

function seriesOutcome(task: SeriesTask, series: Series, said: Float32Array | undefined): Outcome {
  const wanted = Array.from(series.values.slice(task.from));
  return {
    x: wanted.map((_, index) => task.from + index + 1),
    wanted,
    answers: said ? forecastOf(task, series.values, said) : wanted.map(() => null),
  };
}

const SHOWN_SEQUENCES = 100;

/** Sequences in order of their sums: answers lie on the rising line, or do not. */
function addingOutcome({ y, validation }: Task, said: Float32Array | undefined): Outcome {
  const truth = y.slice(-validation);
  const order = [...truth.keys()].slice(0, SHOWN_SEQUENCES).sort((a, b) => (truth[a] ?? 0) - (truth[b] ?? 0));
  return {
    x: order.map((_, index) => index + 1),
    wanted: order.map((index) => truth[index] ?? 0),
    answers: order.map((index) => said?.[index] ?? null),
  };
}
