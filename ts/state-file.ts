/**
 * States of streams as bytes, for another machine or another day: a safetensors file with `h` and `c` of a layer, or of each
 * recurrent layer of a model as `0.h`, `0.c`, `1.h`, and what they belong to as metadata.
 */

import { describe, fail } from './errors.js';
import { readSafeTensors, writeSafeTensors } from './safetensors.js';
import { type RecurrentState, stateCount, unpackState } from './state.js';
import type { StreamPlan } from './stream-plan.js';
import { packStates } from './stream-state.js';
import type { Tensor } from './tensor.js';

const FORMAT = 'cellgate-state';
const VERSION = '1';

function kindsOf({ layouts }: StreamPlan): string {
  return layouts.map(({ kind }) => kind).join(' ');
}

/** The file of a packed state. */
export function writeStateFile(
  plan: StreamPlan,
  packed: Float32Array<ArrayBuffer>,
  batch: number,
): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, Tensor>();
  let offset = 0;
  for (const [index, layout] of plan.layouts.entries()) {
    const state: RecurrentState = unpackState(packed, layout, batch, offset);
    offset += stateCount(layout, batch);
    for (const [part, values] of Object.entries(state)) {
      tensors.set(plan.isList ? `${index}.${part}` : part, values);
    }
  }
  return writeSafeTensors({ tensors, metadata: { format: FORMAT, version: VERSION, layers: kindsOf(plan) } });
}

/**
 * The state of a file, packed.
 * @throws CellgateError `dtype` for anything but bytes, `file` for a damaged file or one of another kind or version,
 * `state` for the state of another layer, model or batch
 */
export function readStateFile(
  where: string,
  plan: StreamPlan,
  bytes: unknown,
  batch: number,
): Float32Array<ArrayBuffer> {
  if (!(bytes instanceof Uint8Array)) fail('dtype', where, 'bytes must be a Uint8Array', describe(bytes));
  const { tensors, metadata } = readSafeTensors(where, bytes);
  const { format, version, layers } = metadata;
  if (format !== FORMAT) fail('file', where, `format must be '${FORMAT}'`, describe(format));
  if (version !== VERSION) fail('file', where, `version must be '${VERSION}'`, describe(version));
  const kinds = kindsOf(plan);
  if (layers !== kinds) {
    fail('state', where, `bytes must hold the state of ${describe(kinds)}`, `that of ${describe(layers)}`);
  }
  const states = plan.layouts.map((): Record<string, unknown> => ({}));
  for (const [name, tensor] of tensors) {
    const [index, part] = plan.isList ? name.split('.') : ['0', name];
    const state = states[Number(index)];
    if (state === undefined || part === undefined) {
      fail('state', where, `bytes must hold h and c of ${describe(kinds)}`, describe(name));
    }
    state[part] = tensor;
  }
  return packStates(where, plan, plan.isList ? states : states[0], batch);
}
