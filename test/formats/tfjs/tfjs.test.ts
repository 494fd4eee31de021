/** Models from and for TensorFlow.js; `check.mjs` runs there what is written here. */
import { loadTfjs, saveTfjs } from 'cellgate/tfjs';
import { describe, expect, it } from 'vitest';
import { CellgateError, GRU, LSTM, Merge, RNN, Sequential } from '../../contract/api.js';
import { CLOSE, expectClose, expectError } from '../../contract/helpers.js';
import { exactly, type FormatCase, inputOf, nested, read, readCases } from '../files.js';
import { MODELS } from './models.mjs';

const cases = readCases<FormatCase>('tfjs');
const text = (file: string) => new TextDecoder().decode(read('tfjs', file));
const shardsOf = (file: string) =>
  JSON.parse(text(file)).weightsManifest[0].paths.map((path: string) => read('tfjs', path)) as Uint8Array[];

describe('models of TensorFlow.js', () => {
  it.each(cases.map((golden) => [golden.file, golden] as const))('%s', (file, golden) => {
    using model = loadTfjs(JSON.parse(text(file)), shardsOf(file));
    expectClose(file, model.predict(inputOf(golden) as never), golden.output);
  });

  it('are read from text, bytes, and shards in one piece', () => {
    const file = 'everything.json';
    const shards = shardsOf(file);
    const whole = new Uint8Array(Buffer.concat(shards));
    const golden = cases.find((one) => one.file === file)!;
    for (const [json, parts] of [
      [text(file), shards],
      [read('tfjs', file), [whole]],
      [text(file), [whole.buffer]],
    ] as const) {
      using model = loadTfjs(json, parts);
      expectClose(file, model.predict(inputOf(golden) as never), golden.output);
    }
  });

  it.each(Object.entries(MODELS))('come back from what saveTfjs wrote: %s', (name, make) => {
    const [model, x] = make();
    const saved = saveTfjs(model);
    const again = loadTfjs(saved.modelJson, saved.shards);
    expectClose(name, again.predict(x as never), model.predict(x as never), CLOSE);
    expect(saveTfjs(again).shards).toEqual(saved.shards);
  });
});

/** A model of one layer with one weight. */
const single = (
  name: string,
  config: object,
  shape: readonly number[],
  spec: object = { dtype: 'float32' },
) => ({
  modelTopology: { class_name: 'Sequential', config: [{ class_name: name, config: { name, ...config } }] },
  weightsManifest: [{ paths: ['a'], weights: [{ name: `${name}/kernel`, shape, ...spec }] }],
});

describe('a norm along the last axis', () => {
  const loadNorm = (layer: string, config: object, batch_input_shape: (number | null)[]) =>
    loadTfjs(single(layer, { ...config, batch_input_shape }, [2]), [new Uint8Array(8)]);
  const norm = (axis: number) => ({ name: 'norm', axis: [axis], center: false });
  const distributed = (axis: number) => ({
    layer: { class_name: 'LayerNormalization', config: norm(axis) },
  });

  it('may be said by its number, with and without steps', () => {
    for (const [layer, config, shape] of [
      ['LayerNormalization', { ...norm(1), name: 'LayerNormalization' }, [null, 2]],
      ['LayerNormalization', { ...norm(2), name: 'LayerNormalization' }, [null, null, 2]],
      ['TimeDistributed', distributed(1), [null, null, 2]],
    ] as const) {
      expect(loadNorm(layer, config, [...shape]).layers.length).toBe(1);
    }
    for (const [layer, config, shape] of [
      ['LayerNormalization', { ...norm(1), name: 'LayerNormalization' }, [null, 2, 2]],
      ['TimeDistributed', distributed(2), [null, null, 2]],
    ] as const) {
      expectError(() => loadNorm(layer, config, [...shape]), {
        code: 'unsupported',
        where: 'loadTfjs',
        got: /axis/,
      });
    }
  });
});

describe('what TensorFlow.js has not', () => {
  it('is refused with everything at once', () => {
    const file = 'refused-layers.json';
    expectError(() => loadTfjs(text(file), shardsOf(file)), {
      code: 'unsupported',
      where: 'loadTfjs',
      expected: exactly('the model must be of layers and options that are supported'),
      got: exactly('first (Conv1D), second (Flatten), third (activation selu)'),
    });
    const sizes = { inputSize: 4, hiddenSize: 4 };
    const model = new Sequential([
      new GRU({ ...sizes, updateGate: 'write' }),
      new LSTM({ ...sizes, peephole: true, clip: 1, activations: { output: 'relu' } }),
      new Merge({ inputSize: 4, mode: 'sum' }),
      new RNN({
        inputSize: 2,
        hiddenSize: 2,
        reverse: true,
        returnSequences: true,
        nonlinearity: 'hardSigmoid',
      }),
    ]);
    expectError(() => saveTfjs(model as never), {
      code: 'unsupported',
      where: 'saveTfjs',
      expected: exactly('model must be of layers and options that TensorFlow.js has'),
      got: exactly(
        'layers[0] GRU (updateGate), layers[0] GRU (resetAfter), layers[1] LSTM (peephole), layers[1] LSTM (clip), ' +
          'layers[1] LSTM (different activations of candidate and output), layers[2] Merge (not behind both directions), ' +
          'layers[3] RNN (activation "hardSigmoid"), layers[3] RNN (every step of a reverse layer)',
      ),
    });
  });

  it('is refused where there are no inputs, however many units', () => {
    const dense = single('Dense', { units: 1e12, use_bias: false }, [0, 1e12]);
    expectError(() => loadTfjs(dense, [new Uint8Array(0)]), {
      code: 'file',
      where: 'loadTfjs',
      expected: /^Dense\/kernel must have inputs$/,
      got: exactly('[0, 1000000000000]'),
    });
  });

  it('is refused by a short text however deep it is', () => {
    const deep = nested(20_000);
    const inner = { class_name: 'LSTM', config: { units: 1 } };
    for (const [layer, config] of [
      ['Activation', { activation: deep }],
      ['Activation', { activation: { class_name: deep } }],
      ['LayerNormalization', { axis: deep }],
      ['Bidirectional', { layer: inner, merge_mode: deep }],
    ] as const) {
      expect(() => loadTfjs(single(layer, config, [0]), [new Uint8Array(0)])).toThrow(CellgateError);
    }
    for (const spec of [{ dtype: deep }, { quantization: { dtype: deep } }]) {
      expectError(() => loadTfjs(single('Dense', {}, [0], spec), [new Uint8Array(0)]), {
        code: 'unsupported',
        where: 'loadTfjs',
        got: exactly('an array of 1'),
      });
    }
  });

  it('is refused where arguments or shards are wrong', () => {
    const json = text('lstm.json');
    const [shard] = shardsOf('lstm.json') as [Uint8Array];
    for (const [wrong, code, expected] of [
      [() => loadTfjs(7 as never, [shard]), 'value', /^modelJson must be an object/],
      [() => loadTfjs('{', [shard]), 'file', /^modelJson must be JSON$/],
      [() => loadTfjs({ format: 'graph-model' }, [shard]), 'unsupported', /layers-model/],
      [() => loadTfjs(json, shard as never), 'value', /^shards must be an array$/],
      [() => loadTfjs(json, [7 as never]), 'value', /^shards\[0\] must be an ArrayBuffer/],
      [() => loadTfjs(json, [shard, shard]), 'file', /^shards must be 1, as the manifest has paths$/],
      [
        () => loadTfjs(json, [shard.subarray(4)]),
        'file',
        /^shards must have the 64 bytes of lstm_LSTM1\/bias$/,
      ],
      [() => saveTfjs(7 as never), 'value', /^model must be a Sequential$/],
    ] as const) {
      expectError(wrong, { code, where: /^(load|save)Tfjs$/, expected });
    }
  });
});
