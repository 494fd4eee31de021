/** Cases as `cases.py` writes them. */
import { readdirSync, readFileSync } from 'node:fs';
import { type Shape, Tensor } from 'cellgate';
import type { AnyTensor } from 'cellgate/onnx';

interface SavedTensor {
  dtype: 'float32' | 'int32' | 'int64';
  shape: number[];
  data: string;
}

interface SavedCase {
  name: string;
  model: string;
  inputs: Record<string, SavedTensor>;
  outputs: Record<string, SavedTensor>;
}

export interface Case {
  name: string;
  model: Uint8Array;
  inputs: Record<string, AnyTensor>;
  outputs: Record<string, AnyTensor>;
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array };

/** Bytes on a buffer of their own. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64, 'base64'));
}

function tensorOf({ dtype, shape, data }: SavedTensor): AnyTensor {
  return new Tensor<Shape, typeof dtype>(new ARRAYS[dtype](bytesOf(data).buffer), shape);
}

function tensorsOf(saved: Record<string, SavedTensor>): Record<string, AnyTensor> {
  return Object.fromEntries(Object.entries(saved).map(([name, tensor]) => [name, tensorOf(tensor)]));
}

/** The cases of a file. */
export function readCases(file: string): Case[] {
  const { cases } = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')) as {
    cases: SavedCase[];
  };
  return cases.map(({ name, model, inputs, outputs }) => ({
    name,
    model: bytesOf(model),
    inputs: tensorsOf(inputs),
    outputs: tensorsOf(outputs),
  }));
}

/** Files of cases in a folder. */
export function caseFiles(folder: string): string[] {
  const names = readdirSync(new URL(folder, import.meta.url)).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => `${folder}/${name}`);
}

/** The largest distance between two tensors of one type and shape; where both have the same infinity or no number, none. */
export function distance(actual: AnyTensor | undefined, expected: AnyTensor): number {
  if (actual?.dtype !== expected.dtype || String(actual.shape) !== String(expected.shape)) {
    throw new Error(
      `got ${actual?.dtype} [${actual?.shape}] instead of ${expected.dtype} [${expected.shape}]`,
    );
  }
  let most = 0;
  for (const [at, value] of expected.data.entries()) {
    const [a, b] = [Number(actual.data[at]), Number(value)];
    if (Object.is(a, b) || a === b) continue;
    most = Number.isNaN(a) || Number.isNaN(b) ? Number.POSITIVE_INFINITY : Math.max(most, Math.abs(a - b));
  }
  return most;
}
