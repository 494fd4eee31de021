/** Other losses than the one that is learnt: each is measured by a trainer of its own, which never updates. */

import type { RawTrainer } from '../backend/raw.js';
import type { Handle } from '../handle.js';
import type { Module } from '../module.js';
import { openTrainer } from './config.js';
import { Engine } from './engine.js';
import type { RawLoss } from './loss.js';

/** One of them. */
export interface Meter {
  readonly name: string;
  readonly engine: Engine;
}

export class Meters {
  readonly #where: string;
  readonly #trainers: Handle<RawTrainer>[] = [];
  readonly all: readonly Meter[];

  constructor(where: string, model: Module, losses: readonly RawLoss[]) {
    this.#where = where;
    try {
      this.all = losses.map((loss) => {
        const trainer = openTrainer(where, model, loss);
        this.#trainers.push(trainer);
        return { name: loss.loss, engine: new Engine(trainer) };
      });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Takes the weights to measure. */
  load(values: Float32Array<ArrayBuffer>): void {
    for (const trainer of this.#trainers) trainer.call(this.#where, (raw) => raw.setParameters(values));
  }

  close(): void {
    for (const trainer of this.#trainers) trainer.close();
  }
}
