/** A model of a plan, with its weights. */

import { CellgateError, type ErrorCode } from '../errors.js';
import type { Module } from '../module.js';
import { Sequential } from '../sequential.js';
import type { Tensor } from '../tensor.js';
import type { Plan } from './builder.js';
import { MaskedSequential } from './masked.js';

/** What layers of a file can get wrong between them. */
const FAULTS: readonly ErrorCode[] = ['shape', 'value', 'parameters'];

/**
 * Makes the layers of a plan, on the active backend.
 * @throws CellgateError `file` for layers that do not fit together; `memory`, `backend`, `uninitialized` as a new model
 */
export function buildModel(where: string, { parts, mask }: Plan): Sequential {
  const made: Module[] = [];
  try {
    for (const { make } of parts) made.push(make());
    const layers = [...made];
    const model: Sequential = mask ? new MaskedSequential(layers, mask.value) : new Sequential(layers);
    made.push(model);
    const dict = parts.flatMap(({ dict: own }, index) =>
      Object.entries(own).map(([name, value]): [string, Tensor] => [`${index}.${name}`, value]),
    );
    model.loadStateDict(new Map(dict));
    return model;
  } catch (error) {
    for (const module of made) module.dispose();
    if (!(error instanceof CellgateError) || !FAULTS.includes(error.code)) throw error;
    throw new CellgateError('file', where, 'layers must fit together', error.message, { cause: error });
  }
}
