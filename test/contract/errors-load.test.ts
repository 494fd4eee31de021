/** What `load` refuses: files that are cut, foreign or made to harm. */

import { describe, expect, it } from 'vitest';
import { Sequential, tensor } from './api.js';
import { expectError, expectRejection, Random } from './helpers.js';
import { modelOf } from './training.js';

const random = new Random('damaged files');
const WHERE = 'sequential.load';
const x = random.tensor([10, 6, 3]);
const y = random.tensor([10, 2]);

describe('load refuses', () => {
  const bytes = async (): Promise<Uint8Array> => {
    using model = modelOf('GRU');
    await model.fit({ x, y }, { loss: 'mse', epochs: 1, batchSize: 5 });
    return model.save();
  };
  const parts = (file: Uint8Array) => {
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    return {
      header: JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length))),
      values: file.subarray(8 + length),
    };
  };
  const join = (header: unknown, values: Uint8Array): Uint8Array => {
    const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
    const file = new Uint8Array(8 + json.length + values.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
    file.set(json, 8);
    file.set(values, 8 + json.length);
    return file;
  };

  it('anything but bytes', () => {
    for (const wrong of [undefined, null, 'model', {}, [1, 2], new ArrayBuffer(8), new Float32Array(8)]) {
      expectError(() => Sequential.load(wrong), {
        code: 'dtype',
        where: WHERE,
        expected: /^bytes must be a Uint8Array$/,
      });
    }
  });

  it('a file that was cut, anywhere', async () => {
    const file = await bytes();
    const cuts = [
      0,
      1,
      7,
      8,
      9,
      file.length - 1,
      ...Array.from({ length: 40 }, () => random.integer(file.length)),
    ];
    for (const cut of cuts)
      expectError(() => Sequential.load(file.subarray(0, cut)), { code: 'file', where: WHERE });
    const longer = new Uint8Array(file.length + 4);
    longer.set(file);
    expectError(() => Sequential.load(longer), { code: 'file', where: WHERE });
  });

  it('a file with wrong bytes, or loads it where they are values', async () => {
    const file = await bytes();
    for (let round = 0; round < 200; round++) {
      const wrong = file.slice();
      wrong[random.integer(wrong.length)] = random.integer(256);
      try {
        Sequential.load(wrong).dispose();
      } catch {
        expectError(() => Sequential.load(wrong), { code: 'file', where: WHERE });
      }
    }
  });

  it('files of another kind', async () => {
    const { header, values } = parts(await bytes());
    const { __metadata__: metadata, ...entries } = header;
    const foreign: [unknown, RegExp][] = [
      [{ ...entries }, /^format must be 'cellgate'$/],
      [{ ...entries, __metadata__: { format: 'pt' } }, /^format must be 'cellgate'$/],
      [{ ...entries, __metadata__: { ...metadata, version: '2' } }, /^version must be '1'$/],
      [
        { ...entries, __metadata__: { ...metadata, version: 1 } },
        /^__metadata__ must be an object of texts$/,
      ],
      ['[]', /^bytes must hold a header that is an object$/],
      ['{', /^the header of bytes must be JSON$/],
    ];
    for (const [own, expected] of foreign)
      expectError(() => Sequential.load(join(own, values)), { code: 'file', where: WHERE, expected });
    const zip = new Uint8Array(100).fill(80);
    expectError(() => Sequential.load(zip), {
      code: 'file',
      where: WHERE,
      expected: /^bytes must hold a header of \d+ bytes$/,
    });
  });

  it('hostile headers and architectures, without taking their memory', async () => {
    const { header, values } = parts(await bytes());
    const { __metadata__: metadata, ...entries } = header;
    const name = '0.weight_ih_l0';
    const layers = JSON.parse(metadata.architecture);
    const training = JSON.parse(metadata.training);
    const of = (own: unknown) => ({ ...header, [name]: { ...header[name], ...(own as object) } });
    const built = (architecture: unknown) => ({
      ...entries,
      __metadata__: { ...metadata, architecture: JSON.stringify(architecture) },
    });
    const trained = (own: object) => ({
      ...entries,
      __metadata__: { ...metadata, training: JSON.stringify({ ...training, ...own }) },
    });
    const standing = (own: object) => trained({ standing: { ...training.standing, ...own } });
    const hostile: [unknown, RegExp][] = [
      [of({ data_offsets: [0, 2 ** 40] }), /^data_offsets of "0\.weight_ih_l0" must be within/],
      [of({ data_offsets: [-4, 8] }), /^data_offsets/],
      [of({ data_offsets: [8, 4] }), /must have the \d+ bytes/],
      [of({ data_offsets: 3 }), /^data_offsets/],
      [of({ shape: [2 ** 30, 2 ** 30] }), /must have the \d+ bytes/],
      [of({ shape: [-1, -12] }), /^shape of/],
      [of({ shape: 'wide' }), /^shape of/],
      [of({ dtype: 'U32' }), /^dtype of "0\.weight_ih_l0" must be F32 or I32$/],
      [of({ dtype: 'F33' }), /^dtype of "0\.weight_ih_l0" must be one of/],
      [of({ dtype: 'F64' }), /must have the \d+ bytes/],
      [of({ dtype: 'I32' }), /^0\.weight_ih_l0 must be of float32$/],
      [{ ...header, [name]: undefined }, /must begin at byte/],
      [{ ...header, extra: header[name] }, /must begin at byte/],
      [built([]), /^architecture must be a list of layers$/],
      [built({ kind: 'LSTM' }), /^architecture must be a list of layers$/],
      [built([null]), /^architecture\[0\]\.kind must be one of/],
      [built([{ kind: 'constructor', options: {} }]), /^architecture\[0\]\.kind must be one of/],
      [built([{ kind: 'GRU' }]), /^architecture\[0\]\.options must be an object$/],
      [
        built([{ kind: 'GRU', options: { inputSize: 3, hiddenSize: 100_000 } }]),
        /^architecture must be of layers with \d+ weights$/,
      ],
      [
        built([{ kind: 'Embedding', options: { vocabularySize: 4e9, size: 4e9 } }]),
        /^architecture must be of layers/,
      ],
      [
        built([{ kind: 'GRU', options: { inputSize: 3, hiddenSize: 6, layers: 4e9 } }]),
        /^architecture must be of layers/,
      ],
      [
        built([{ kind: 'GRU', options: { inputSize: 3, hiddenSize: 5 } }, layers[1]]),
        /^bytes must hold a whole model$/,
      ],
      [
        built([{ kind: 'GRU', options: { inputSize: '3', hiddenSize: {} } }]),
        /^bytes must hold a whole model$/,
      ],
      [built(layers.slice(0, 1)), /^bytes must hold a whole model$/],
      [trained({ options: 3 }), /^training must have options/],
      [trained({ more: 3 }), /^bytes must hold a whole model$/],
      [standing({ epoch: -1 }), /^bytes must hold a whole model$/],
      [standing({ tally: [1] }), /^training\.standing\.tally must be 3 numbers$/],
      [standing({ counters: ['a', 'b'] }), /^training\.standing\.counters must be a list of numbers$/],
      [
        standing({ history: { loss: [null] } }),
        /^training\.standing\.history\.loss must be a list of numbers$/,
      ],
    ];
    for (const [own, expected] of hostile)
      expectError(() => Sequential.load(join(own, values)), { code: 'file', where: WHERE, expected });
    const polluting = JSON.stringify(header).replace(
      '{',
      '{"__proto__":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},',
    );
    expectError(() => Sequential.load(join(polluting, values)), { code: 'file', where: WHERE });
    expect(({} as { dtype?: string }).dtype).toBeUndefined();
  });

  it('options of training that do not fit, when they are used', async () => {
    const { header, values } = parts(await bytes());
    const { __metadata__: metadata, ...entries } = header;
    const training = JSON.parse(metadata.training);
    const with_ = (options: object) =>
      join(
        {
          ...entries,
          __metadata__: {
            ...metadata,
            training: JSON.stringify({ ...training, options: { ...training.options, ...options } }),
          },
        },
        values,
      );
    using model = Sequential.load(with_({ loss: 'none', epochs: 2 }));
    await expectRejection(() => model.fit({ x, y }, { resume: true }), {
      code: 'value',
      where: 'sequential.fit',
      expected: /^loss must be one of/,
    });
    expect(model.predict(tensor(x.data, x.shape)).shape).toEqual([10, 2]);
  });
});
