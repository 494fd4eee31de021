/** What a network made of its input, in one form for text, months and rows of digits. */

import type { Recurrent } from '../network/quantities';
import type { Traced } from '../network/trace';

/** Properties of the input that a unit may respond to. */
export const FEATURES = [
  'sentenceEnd',
  'quotation',
  'wordPosition',
  'space',
  'capital',
  'vowel',
  'season',
  'growth',
  'ink',
  'row',
] as const;
export type Feature = (typeof FEATURES)[number];

export function isFeature(name: string): name is Feature {
  return FEATURES.some((feature) => feature === name);
}

export interface Reading {
  readonly layer: Recurrent;
  readonly traced: Traced;
  readonly features: ReadonlyMap<Feature, Float32Array>;
  /** What a step is called beside its number; empty if it has no name. */
  readonly stepName: (t: number) => string;
}
