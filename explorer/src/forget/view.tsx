/** Gates taken away from a network that remembers, beside a network without gates. */

import { useMemo } from 'preact/hooks';
import { type Intervention, UNTOUCHED } from '../network/gates';
import { letterOf, type Quantity } from '../network/quantities';
import { choiceOf, numberOf, setParams, wholeOf } from '../state/route';
import { strings } from '../state/settings';
import { useLoaded } from '../state/use-loaded';
import './forget.css';
import { Chart } from '../ui/chart';
import { Button, Segmented, Slider } from '../ui/controls';
import { Notice } from '../ui/notice';
import { fixed, short } from '../ui/numbers';
import {
  CELLS,
  type Cell,
  GATES,
  type Held,
  type Holders,
  hold,
  loadHolders,
  MARKED_STEP,
  NUMBER,
  noiseWithMark,
  WEIGHTS,
} from './networks';

const FORCES = ['shut', 'free', 'open'] as const;
const LEAST = 1e-9;
const HOLDS = { low: 10, high: 200, preset: 100 };
const MOST_SHIFT = 8;

export function ForgetView() {
  const { value: holders, fault } = useLoaded(loadHolders, 'holders');
  if (fault !== undefined) return <Notice kind="error">{strings.value.notLoaded(fault)}</Notice>;
  return holders === undefined ? <p class="waiting">{strings.value.loading}</p> : <Play holders={holders} />;
}

/** What is done to the gates of a cell, as the address says. */
function interventionsOf(cell: Cell): Partial<Record<Quantity, Intervention>> {
  return Object.fromEntries(
    GATES[cell].map((gate) => [
      gate,
      {
        force: choiceOf(gate, FORCES, 'free'),
        shift: numberOf(`${gate}-bias`, -MOST_SHIFT, MOST_SHIFT, 0),
      },
    ]),
  );
}

function Play({ holders }: { holders: Holders }) {
  const words = strings.value.forget;
  const cell = choiceOf('cell', CELLS, 'lstm');
  const time = wholeOf('hold', HOLDS.low, HOLDS.high, HOLDS.preset) + MARKED_STEP + 1;
  const weights = choiceOf('weights', WEIGHTS, 'learned');
  const interventions = interventionsOf(cell);
  const key = JSON.stringify(interventions);
  const inputs = useMemo(() => noiseWithMark(time), [time]);
  const untouched = useMemo(
    () => hold(holders[cell], weights, cell, {}, inputs),
    [holders, weights, cell, inputs],
  );
  const plain = useMemo(() => hold(holders.rnn, weights, undefined, {}, inputs), [holders, weights, inputs]);
  // `key` stands for the interventions.
  const changed = useMemo(
    () => hold(holders[cell], weights, cell, interventions, inputs),
    [holders, weights, cell, key, inputs],
  );
  const isTouched = Object.values(interventions).some(({ force, shift }) => force !== 'free' || shift !== 0);
  return (
    <>
      <div class="row">
        <Segmented
          label={words.cell}
          choices={CELLS.map((value) => ({ value, label: strings.value.cell.kinds[value] }))}
          value={cell}
          onChange={(value) => setParams({ cell: value })}
        />
        <Segmented
          label={words.weights}
          choices={WEIGHTS.map((value) => ({ value, label: words.weightsOf[value] }))}
          value={weights}
          onChange={(value) => setParams({ weights: value })}
        />
        <Slider
          label={words.hold}
          value={time - MARKED_STEP - 1}
          low={HOLDS.low}
          high={HOLDS.high}
          step={10}
          says={words.steps(time - MARKED_STEP - 1)}
          onChange={(value) => setParams({ hold: value })}
        />
      </div>
      <p class="about">{words.aboutWeights[weights]}</p>
      <div class="split narrow-first">
        <GatePanel cell={cell} interventions={interventions} isTouched={isTouched} />
        <div class="stack">
          <Answers cell={cell} untouched={untouched} changed={changed} plain={plain} isTouched={isTouched} />
          <Gradients
            cell={cell}
            untouched={untouched}
            changed={changed}
            plain={plain}
            isTouched={isTouched}
          />
        </div>
      </div>
    </>
  );
}

function GatePanel({
  cell,
  interventions,
  isTouched,
}: {
  cell: Cell;
  interventions: Partial<Record<Quantity, Intervention>>;
  isTouched: boolean;
}) {
  const words = strings.value.forget;
  const nothing = Object.fromEntries(
    GATES[cell].flatMap((gate) => [
      [gate, undefined],
      [`${gate}-bias`, undefined],
    ]),
  );
  return (
    <section class="panel" aria-labelledby="gates">
      <h2 id="gates">{words.gates}</h2>
      {GATES[cell].map((gate) => {
        const { force, shift } = interventions[gate] ?? UNTOUCHED;
        const name = `${strings.value.quantities[gate]} ${letterOf(gate, cell === 'gru')}`;
        return (
          <div key={gate} class={`gate q-${gate}`}>
            <Segmented
              label={name}
              choices={FORCES.map((value) => ({ value, label: words.forces[value] }))}
              value={force}
              onChange={(value) => setParams({ [gate]: value === 'free' ? undefined : value })}
            />
            <Slider
              label={words.shift}
              value={shift}
              low={-MOST_SHIFT}
              high={MOST_SHIFT}
              step={0.5}
              says={fixed(shift, 1)}
              disabled={force !== 'free'}
              onChange={(value) => setParams({ [`${gate}-bias`]: value === 0 ? undefined : value })}
            />
            <p>{words.aboutGate[gate as keyof typeof words.aboutGate]}</p>
          </div>
        );
      })}
      <Button disabled={!isTouched} onClick={() => setParams(nothing)}>
        {words.restore}
      </Button>
    </section>
  );
}

interface Compared {
  readonly cell: Cell;
  readonly untouched: Held;
  readonly changed: Held;
  readonly plain: Held;
  readonly isTouched: boolean;
}

/** The changed network, itself as it was, and the one without gates, in one set of colours. */
function linesOf(
  { cell, untouched, changed, plain, isTouched }: Compared,
  valuesOf: (held: Held) => (number | null)[],
) {
  const words = strings.value.forget;
  const kind = strings.value.cell.kinds[cell];
  return [
    ...(isTouched
      ? [{ name: words.untouched(kind), values: valuesOf(untouched), hue: '--q-cell', isDashed: true }]
      : []),
    { name: isTouched ? words.changed(kind) : kind, values: valuesOf(changed), hue: '--q-output' },
    { name: strings.value.cell.kinds.rnn, values: valuesOf(plain), hue: '--q-forget' },
  ];
}

function Answers(compared: Compared) {
  const words = strings.value.forget;
  const { changed, plain, cell } = compared;
  const time = changed.said.length;
  const [mine, theirs] = [changed.said[time - 1] ?? 0, plain.said[time - 1] ?? 0];
  const lines = [
    {
      name: words.wanted,
      values: Array.from({ length: time }, (_, t) => (t < MARKED_STEP ? 0 : NUMBER)),
      hue: '--quiet',
      isDashed: true,
    },
    ...linesOf(compared, ({ said }) => Array.from(said)),
  ];
  const summary = words.atTheEnd(
    fixed(NUMBER, 1),
    strings.value.cell.kinds[cell],
    fixed(mine),
    fixed(theirs),
  );
  return (
    <section class="panel" aria-labelledby="answers">
      <h2 id="answers">{words.answers}</h2>
      <p aria-live="polite">{summary}</p>
      <Chart
        label={`${words.answers}. ${summary}`}
        x={Array.from({ length: time }, (_, t) => t + 1)}
        lines={lines}
        xLabel={words.step}
        yLabel={words.answer}
        range={[-1.2, 1.2]}
        height={220}
      />
    </section>
  );
}

function Gradients(compared: Compared) {
  const words = strings.value.forget;
  const { changed, plain, cell } = compared;
  const time = changed.gradient.length;
  const share = ({ gradient }: Held) => short((gradient[time - 1 - MARKED_STEP] ?? 0) / (gradient[0] || 1));
  const summary = words.ofTheGradient(
    strings.value.cell.kinds[cell],
    share(changed),
    share(plain),
    time - 1 - MARKED_STEP,
  );
  return (
    <section class="panel" aria-labelledby="gradients">
      <h2 id="gradients">{words.gradients}</h2>
      <p>{words.aboutGradients}</p>
      <Chart
        label={`${words.gradients}. ${summary}`}
        x={Array.from({ length: time }, (_, distance) => distance)}
        lines={linesOf(compared, ({ gradient }) => gradient.map((size) => (size < LEAST ? null : size)))}
        xLabel={words.distance}
        yLabel={words.size}
        isLog
        range={[LEAST, 100]}
        height={240}
      />
      <p aria-live="polite">{summary}</p>
    </section>
  );
}
