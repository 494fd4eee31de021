/** The golden cases of a folder, as the scripts beside this file wrote them. */

import { readdirSync, readFileSync } from 'node:fs';
import type { Kind, State, Values } from '../reference/index.js';

export type Array32 = Values & { dtype?: 'int32' };

export interface GoldenCase {
  name: string;
  source: string;
  kind: Kind | 'Linear' | 'Conv1d' | 'Embedding' | 'Sequential';
  options: object;
  parameters: Record<string, Values>;
  input: Array32;
  forward?: { lengths?: number[]; timeMajor?: boolean; state?: State };
  expected: { output: Values; state?: State };
  tolerance?: number;
}

export interface GoldenGradients extends GoldenCase {
  /** What goes into the way back. */
  gradient: { output: Values; state?: State };
  expected: GoldenCase['expected'] & { x?: Values; initial?: State; parameters: Record<string, Values> };
}

export interface GoldenBatch {
  x: Array32;
  y: Array32;
  lengths?: number[];
  weights?: Values;
}

export interface GoldenTraining {
  name: string;
  source: string;
  options: { modules: [] };
  parameters: Record<string, Values>;
  trainer: { loss: { kind: string }; optimizer: { kind: string; lr?: number } };
  carry?: boolean;
  /** The learning rate of each step. */
  rates?: number[];
  /** Used in turn. */
  batches: GoldenBatch[];
  /** By step; parameters [steps, all in their order]. */
  expected: { loss: Values; norm: Values; parameters: Values };
}

interface Golden {
  '.': GoldenCase;
  gradients: GoldenGradients;
  training: GoldenTraining;
}

export function readGolden<F extends keyof Golden>(name: F): Golden[F][] {
  const folder = new URL(`./${name}/`, import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
}
