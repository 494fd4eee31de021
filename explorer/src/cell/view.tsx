/** The cell, opened: the drawing, the formula of what is looked at, and the sequence it reads. */

import { useCallback, useMemo, useState } from 'preact/hooks';
import { LETTERS, letterOf as letterOfQuantity, type Quantity } from '../network/quantities';
import { choiceOf, route, setParams, wholeOf } from '../state/route';
import { strings } from '../state/settings';
import { useLoaded } from '../state/use-loaded';
import './cell.css';
import { Button, Segmented, Slider } from '../ui/controls';
import { Notice } from '../ui/notice';
import { fixed } from '../ui/numbers';
import { Diagram } from './diagram';
import { type Formula, formulaOf, formulaText } from './formulas';
import { type CellNetwork, KINDS, type Kind, loadCell, UNITS } from './kinds';
import { LAYOUTS } from './layouts';
import { Player, usePlaying } from './player';
import { type CellRun, leadingUnit, type Place, runCell } from './run';
import { encode, type Item, inputsOf, itemsOf, remembered } from './sequence';
import { Timeline } from './timeline';
import { readWeights } from './weights';

/** What is explained first. */
const CENTRE: Readonly<Record<Kind, Place>> = {
  rnn: 'hidden',
  lstm: 'sum',
  coupled: 'sum',
  peephole: 'sum',
  gru: 'sum',
};

export function CellView() {
  const t = strings.value;
  const kind = choiceOf('kind', KINDS, 'lstm');
  const { value: network, fault } = useLoaded(() => loadCell(kind), kind);
  if (fault !== undefined) return <Notice kind="error">{t.notLoaded(fault)}</Notice>;
  return (
    <>
      <Segmented
        label={t.cell.kind}
        choices={KINDS.map((value) => ({ value, label: t.cell.kinds[value] }))}
        value={kind}
        onChange={(value) => setParams({ kind: value, at: undefined })}
      />
      <p class="about">{t.cell.aboutKind[kind]}</p>
      {network?.kind === kind ? <OpenCell network={network} /> : <p class="waiting">{t.loading}</p>}
    </>
  );
}

function OpenCell({ network }: { network: CellNetwork }) {
  const words = strings.value.cell;
  const { kind } = network;
  const written = route.value.params.get('seq');
  const items = useMemo(() => itemsOf(written), [written]);
  const run = useMemo(() => runCell(network, inputsOf(items)), [network, items]);
  const leading = useMemo(() => leadingUnit(runCell(network, inputsOf(itemsOf(null))), network), [network]);
  const weightsOf = useMemo(() => readWeights(network), [network]);
  const last = items.length - 1;
  const step = wholeOf('t', 0, last, Math.min(2, last));
  const unit = wholeOf('unit', 1, UNITS, leading + 1) - 1;
  const places = LAYOUTS[kind].items.map(({ place }) => place);
  const chosen = choiceOf('at', places, CENTRE[kind]);
  const [pointed, setPointed] = useState<Place>();
  const go = useCallback((next: number) => setParams({ t: next }), []);
  const { isPlaying, toggle } = usePlaying(step, last, go);
  const shown = pointed !== undefined && places.includes(pointed) ? pointed : chosen;
  const target = useMemo(() => remembered(items), [items]);
  const nameOf = (place: Place) => placeName(place, kind);
  return (
    <>
      <div class="split">
        <div class="panel stage">
          <Diagram
            run={run}
            t={step}
            unit={unit}
            place={shown}
            isMoving={isPlaying}
            label={words.diagram(words.kinds[kind], step + 1)}
            letterOf={(place) => placeLetter(place, kind)}
            nameOf={nameOf}
            onPoint={setPointed}
            onChoose={(place) => setParams({ at: place })}
          />
          <Player t={step} last={last} isPlaying={isPlaying} toggle={toggle} go={go} />
        </div>
        <div class="stack">
          <section class="panel" aria-labelledby="formula">
            <h2 id="formula">{nameOf(shown)}</h2>
            <FormulaLines formula={formulaOf(run, weightsOf, shown, step, unit)} isQuiet={isPlaying} />
            <p>{words.aboutPlace[placeKey(shown, kind)]}</p>
            <Segmented
              label={words.unit}
              choices={Array.from({ length: UNITS }, (_, index) => ({
                value: index + 1,
                label: `${index + 1}`,
              }))}
              value={unit + 1}
              onChange={(value) => setParams({ unit: value })}
            />
          </section>
          <InputPanel run={run} items={items} t={step} wanted={target[step] ?? 0} />
        </div>
      </div>
      <section class="panel">
        <h2>{words.timeline}</h2>
        <p>{words.task}</p>
        <Timeline run={run} items={items} unit={unit} t={step} target={target} go={go} />
      </section>
    </>
  );
}

/** The formula on lines of its own; screen readers hear it as one, but not at every step of a film. */
function FormulaLines({ formula, isQuiet }: { formula: Formula; isQuiet: boolean }) {
  const { letters, numbers, value } = formula;
  return (
    <div class="formula">
      <p class="hidden" aria-live={isQuiet ? 'off' : 'polite'}>
        {formulaText(formula)}
      </p>
      <div aria-hidden="true">
        <p class="letters">{letters}</p>
        {numbers.map((form) => (
          <p key={form}>= {form}</p>
        ))}
        <p class="result">= {value}</p>
      </div>
    </div>
  );
}

/** What the step reads, to be changed, and what the network says. */
function InputPanel({
  run,
  items,
  t,
  wanted,
}: {
  run: CellRun;
  items: readonly Item[];
  t: number;
  wanted: number;
}) {
  const words = strings.value.cell;
  const item = items[t] ?? { number: 0, isMarked: false };
  const change = (changed: Partial<Item>) =>
    setParams({ seq: encode(items.map((other, step) => (step === t ? { ...other, ...changed } : other))) });
  return (
    <section class="panel" aria-labelledby="input">
      <h2 id="input">{words.input(t + 1)}</h2>
      <Slider
        label={words.number}
        value={item.number}
        low={-1}
        high={1}
        step={0.05}
        says={fixed(item.number)}
        onChange={(number) => change({ number })}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={item.isMarked}
          onChange={({ currentTarget }) => change({ isMarked: currentTarget.checked })}
        />
        {words.marked}
      </label>
      <p>{words.saysAndWanted(fixed(run.said[t] ?? 0), fixed(wanted))}</p>
      {route.value.params.has('seq') && (
        <Button onClick={() => setParams({ seq: undefined })}>{words.restore}</Button>
      )}
    </section>
  );
}

/** Places of a GRU and of an RNN that mean something else than an LSTM's. */
function placeKey(place: Place, kind: Kind): keyof typeof strings.value.cell.aboutPlace {
  if (kind === 'gru') {
    if (place === 'keep') return 'keepHidden';
    if (place === 'sum' || place === 'hidden') return 'sumHidden';
    if (place === 'write') return 'writeHidden';
    if (place === 'one') return 'oneHidden';
  }
  if (kind === 'rnn' && (place === 'hidden' || place === 'out')) return 'plainHidden';
  return place;
}

function placeName(place: Place, kind: Kind): string {
  return strings.value.cell.places[placeKey(place, kind)];
}

function placeLetter(place: Place, kind: Kind): string {
  const own: Partial<Record<Place, string>> = {
    x: 'x',
    previousHidden: 'h₋₁',
    previousCell: 'c₋₁',
    out: 'h',
  };
  return own[place] ?? (place in LETTERS ? letterOfQuantity(place as Quantity, kind === 'gru') : '');
}
