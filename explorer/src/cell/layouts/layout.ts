/** A diagram as data: where things are, and what lies between them. */

import type { Place } from '../run';

export interface Item {
  readonly place: Place;
  /** A box with weights, a value that enters or leaves, or an operation on values. */
  readonly shape: 'gate' | 'port' | 'operation';
  /** Its middle. */
  readonly x: number;
  readonly y: number;
  /** What is written in it: σ, tanh, ×, +, 1−. */
  readonly sign?: string;
  /** Where an operation's value is written, from its middle; nowhere if it can be read elsewhere. */
  readonly label?: readonly [x: number, y: number];
}

export interface Wire {
  readonly path: string;
  /** The conveyor belt, any other vector, or a peephole. */
  readonly kind: 'belt' | 'plain' | 'peephole';
  /** Whether it ends where it is used, not in another wire. */
  readonly hasArrow?: boolean;
}

export interface Layout {
  readonly height: number;
  /** Edges of the cell. */
  readonly body: readonly [left: number, top: number, right: number, bottom: number];
  readonly wires: readonly Wire[];
  readonly items: readonly Item[];
  /** Where wires meet. */
  readonly joints: readonly (readonly [x: number, y: number])[];
}

export const WIDTH = 640;
/** Where drawings begin. */
export const TOP = 40;
export const GATE = { width: 74, height: 74 };
export const PORT = { width: 74, height: 64 };
export const RADIUS = 17;

const plain = (path: string, hasArrow = true): Wire => ({ path, kind: 'plain', hasArrow });
const belt = (path: string, hasArrow = false): Wire => ({ path, kind: 'belt', hasArrow });
const peephole = (path: string): Wire => ({ path, kind: 'peephole', hasArrow: true });
export const wire = { plain, belt, peephole };
