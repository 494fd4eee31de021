/** The monthly CO₂ of the air on Mauna Loa, and the network that forecasts the next month. */

import type { Linear } from 'cellgate';
import data from '../../models/co2.json';
import url from '../../models/co2.safetensors?url';
import type { Recurrent } from '../network/quantities';
import { loadModel } from '../network/start';
import { oneSequence, traceLayer } from '../network/trace';
import type { Reading } from './reading';

export interface Co2Reading extends Reading {
  /** In years, of the step's month. */
  readonly years: readonly number[];
  readonly ppm: readonly number[];
  /** Of the same months, as the network said it the month before; null for the first. */
  readonly forecast: readonly (number | null)[];
  /** The first step that the network was not trained on. */
  readonly heldOut: number;
}

export async function readCo2(): Promise<Co2Reading> {
  const [layer, readout] = (await loadModel(url)).layers as unknown as [Recurrent, Linear];
  const x = oneSequence(Float32Array.from(data.frames), layer.inputSize);
  const said = readout.forward(layer.forward(x).output).data;
  const next = data.base.map((base, t) => base + data.scale.mean + data.scale.deviation * (said[t] ?? 0));
  const months = data.ppm.map((_, t) => data.firstMonth + t);
  return {
    layer,
    traced: traceLayer(layer, x),
    features: new Map([
      ['season', Float32Array.from(months, (month) => Math.cos((2 * Math.PI * (month % 12)) / 12))],
      ['growth', Float32Array.from(data.ppm, (ppm, t) => ppm - (data.ppm[t - 12] ?? ppm))],
    ]),
    stepName: (t) => monthName(data.firstMonth + t),
    years: months.map((month) => month / 12),
    ppm: data.ppm,
    forecast: data.ppm.map((_, t) => next[t - 1] ?? null),
    heldOut: data.heldOut,
  };
}

/** Months count from January of the year 0. */
function monthName(month: number): string {
  return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
}
