/** What is known of a kind of node. */

import type { NodeReader } from '../node-reader.js';
import type { Planner } from '../plan.js';

export interface Operator {
  /** Fewest and most inputs; those beyond the fewest may be left out, but where there is no most. */
  readonly inputs: readonly [least: number, most: number];
  /** Most outputs; 1 if left out. */
  readonly outputs?: number;
  /** Inputs whose numbers say what shapes come out, or which way is taken: they must be known before a run. */
  readonly steeredBy?: readonly number[];
  /** Whether only the shapes of the inputs count. */
  readonly readsShapes?: boolean;
  /** Whether it holds memory of the backend, and so waits until it is used. */
  readonly isLayer?: boolean;
  /** Reads the attributes, once. */
  prepare(node: NodeReader): Planner;
}

export type Operators = Readonly<Record<string, Operator>>;
