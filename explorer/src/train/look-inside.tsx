/** What a model's gates do: a heat map of its first recurrent layer on one sequence. */

import type { Module, Sequential } from 'cellgate';
import { useMemo } from 'preact/hooks';
import { Random } from '../../../examples/random.mjs';
import { HeatPanel } from '../maps/heat-panel';
import type { Reading } from '../maps/reading';
import { type Preset, useSelection } from '../maps/selection';
import { asRecurrent, type Recurrent } from '../network/quantities';
import { oneSequence, traceLayer } from '../network/trace';
import { strings } from '../state/settings';
import { Notice } from '../ui/notice';
import type { Task } from './task';

const NOISE_STEPS = 60;

/** A sequence that the layer can read: the last one of the task if it has the right size, else noise. */
function sequenceFor(layer: Recurrent, task: Task | undefined): Float32Array {
  if (task && task.shape[2] === layer.inputSize) return task.x.slice(-task.shape[1] * task.shape[2]);
  const random = new Random(0, 'noise');
  return Float32Array.from({ length: NOISE_STEPS * layer.inputSize }, () => random.normal());
}

export function LookInside({ model, task }: { model: Sequential; task: Task | undefined }) {
  const words = strings.value.train;
  const reading = useMemo((): Reading | undefined => {
    const layer = (model.layers as readonly Module[]).map(asRecurrent).find((found) => found !== undefined);
    if (!layer) return undefined;
    const traced = traceLayer(layer, oneSequence(sequenceFor(layer, task), layer.inputSize));
    return { layer, traced, features: new Map(), stepName: () => '' };
  }, [model, task]);
  return (
    <div class="stack">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on small screens. */}
      <section class="panel scroll" tabIndex={0} aria-labelledby="model">
        <h2 id="model">{words.model}</h2>
        <pre>{model.summary()}</pre>
      </section>
      {reading ? <Inside reading={reading} /> : <Notice kind="status">{words.noRecurrentLayer}</Notice>}
    </div>
  );
}

const PRESET = { quantity: 'hidden', sort: 'spread', count: 16, t: 0 } satisfies Preset;

function Inside({ reading }: { reading: Reading }) {
  return <HeatPanel reading={reading} selection={useSelection(reading, PRESET)} />;
}
