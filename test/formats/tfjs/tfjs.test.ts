/** Models from and for TensorFlow.js; `check.mjs` runs there what is written here. */
import { loadTfjs, saveTfjs } from 'cellgate/tfjs';
import { describe, expect, it } from 'vitest';
import { GRU, LSTM, Merge, RNN, Sequential } from '../../contract/api.js';
import { CLOSE, expectClose, expectError } from '../../contract/helpers.js';
import { exactly, type FormatCase, inputOf, read, readCases } from '../files.js';
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
