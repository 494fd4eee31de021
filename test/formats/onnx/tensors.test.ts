/** The constants of a file by name. */

import { CellgateError } from 'cellgate';
import { onnxTensors } from 'cellgate/onnx';
import { beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../../examples/vad/model.mjs';

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
/** A field of a message: its number, and bytes. */
const field = (number: number, bytes: readonly number[]): number[] => [
  8 * number + 2,
  ...varint(bytes.length),
  ...bytes,
];
const text = (value: string): number[] => Array.from(value, (character) => character.charCodeAt(0));
/** A tensor of two numbers of 32 bits, 1.0 and 2.0 if they are floats. */
const tensor = (name: string, dataType = 1): number[] => [
  ...[8, 2, 16, dataType],
  ...field(8, text(name)),
  ...field(9, [0, 0, 128, 63, 0, 0, 0, 64]),
];
const model = (...graph: number[]): Uint8Array => Uint8Array.from(field(7, graph));

describe('onnxTensors', () => {
  it('gives initializers and constants of floats, also those in branches', () => {
    const attribute = (name: string, number: number, type: number, bytes: number[]) =>
      field(5, [...field(1, text(name)), ...field(number, bytes), ...[160, 1, type]]);
    const constant = (output: string) =>
      field(1, [
        ...field(2, text(output)),
        ...field(4, text('Constant')),
        ...attribute('value', 5, 4, tensor('t')),
      ]);
    const branch = [...constant('inner'), ...field(5, tensor('w', 1))];
    const node = field(1, [...field(4, text('If')), ...attribute('then_branch', 6, 5, branch)]);
    const found = onnxTensors(
      model(...field(5, tensor('w')), ...field(5, tensor('ids', 6)), ...constant('outer'), ...node),
    );
    expect(Object.keys(found).sort()).toEqual(['inner', 'outer', 'w']);
    expect(found.inner?.toArray()).toEqual([1, 2]);
  });

  it('refuses what is no whole file', () => {
    const code = (bytes: unknown) => {
      try {
        onnxTensors(bytes as Uint8Array);
      } catch (error) {
        return error instanceof CellgateError ? error.code : error;
      }
      return 'nothing';
    };
    const whole = model(...field(5, tensor('w')));
    expect(code(whole)).toBe('nothing');
    for (let length = 0; length < whole.length; length++)
      expect(code(whole.subarray(0, length))).toBe('file');
    expect(code([...whole])).toBe('dtype');
    expect(code(undefined)).toBe('dtype');
    // A length that its bytes do not have.
    expect(code(Uint8Array.from([...whole.subarray(0, 5), 3, ...whole.subarray(6)]))).toBe('file');
  });
});

describe('the tensors of the published voice detector', () => {
  let bytes: Uint8Array;
  beforeAll(async () => {
    bytes = await readModel();
  }, 60_000);

  it('are those of both rates', () => {
    const shapes = Object.entries(onnxTensors(bytes)).map(([name, { shape }]) => `${name} ${shape}`);
    const basis = shapes.filter((shape) => shape.includes('stft.forward_basis_buffer '));
    expect(basis.map((shape) => shape.split(' ')[1]).sort()).toEqual(['130,1,128', '258,1,256']);
    expect(shapes.filter((shape) => shape.endsWith('decoder.rnn.weight_ih 512,128')).length).toBe(2);
  });
});
