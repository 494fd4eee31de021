/** Weights from files of PyTorch: what layers make of them is what PyTorch made. */
import { type Tensor, tensor } from 'cellgate';
import { loadTorch, modelOf, saveTorch } from 'cellgate/torch';
import { describe, expect, it } from 'vitest';
import { Sequential } from '../../contract/api.js';
import { create, createModule, expectClose, expectError, toTensor } from '../../contract/helpers.js';
import type { ModuleSpec } from '../../reference/index.js';
import { exactly, type FormatCase, read, readCases } from '../files.js';

interface TorchCase extends FormatCase {
  readonly load: { prefix?: string; key?: string };
  readonly layers: readonly ModuleSpec[];
}

const cases = readCases<TorchCase>('torch');
const load = (file: string, options?: object) => loadTorch(read('torch', file), options);

describe('weights from PyTorch', () => {
  it.each(cases.map((golden) => [golden.file, golden] as const))('of %s give its outputs', (file, golden) => {
    const dict = load(file, golden.load);
    const [first, ...rest] = golden.layers;
    const x = toTensor(golden.x);
    if (rest.length > 0) {
      using model = new Sequential(golden.layers.map(createModule));
      model.loadStateDict(dict);
      expectClose(file, model.predict(x), golden.output);
    } else {
      using layer = create(first!.kind as 'LSTM', first!.options as never);
      layer.loadStateDict(dict);
      expectClose(file, layer.forward(x).output, golden.output);
    }
  });

  it('come back from what saveTorch wrote, bit by bit', () => {
    for (const { file, load: options } of cases) {
      const dict = load(file, options);
      const again = loadTorch(saveTorch(dict));
      expect(Object.keys(again), file).toEqual(Object.keys(dict));
      expect(again, file).toEqual(dict);
    }
  });

  it('are those under a prefix, without counters', () => {
    const all = Object.keys(load('checkpoint-state-dict.pt'));
    expect(all).toContain('norm.running_mean');
    expect(all).not.toContain('norm.num_batches_tracked');
    expect(Object.keys(load('checkpoint-state-dict.pt', { prefix: 'head.' }))).toEqual(['weight', 'bias']);
  });
});

describe('models of weights alone', () => {
  const usual = cases.filter(({ layers: [first] }) => !JSON.stringify(first).includes('relu'));

  it.each(usual.map((golden) => [golden.file, golden] as const))('of %s give its outputs', (file, golden) => {
    using model = modelOf(load(file, golden.load));
    const output: Tensor = model.predict(toTensor(golden.x) as Tensor);
    if (golden.layers.length === 1) return expectClose(file, output, golden.output);
    // Every step, where the model of the file hands on its last.
    const [batch, time, width] = output.shape as readonly number[] as [number, number, number];
    const isLast = (_: number, at: number) => Math.floor(at / width) % time === time - 1;
    expectClose(file, { shape: [batch, width], data: output.data.filter(isLast) }, golden.output);
  });

  it('begin with an embedding where the first matrix has no bias', () => {
    using model = modelOf({
      'table.weight': tensor([[1], [2], [3]]),
      'out.weight': tensor([[10]]),
      'out.bias': tensor([1]),
    });
    const output = model.predict(tensor([[2, 0]], undefined, 'int32'));
    expect(output.toArray()).toEqual([[[31], [11]]]);
  });

  it.each([
    ['no weights', {}, 'value', /^dict must hold weights$/],
    ['no dictionary', [], 'value', /^dict must be an object or Map/],
    ['no tensors', { weight: 1 }, 'dtype', /^dict\["weight"\] must be a Tensor of float32$/],
    [
      'a convolution',
      { weight: tensor([[[1]]]) },
      'unsupported',
      /^weights must be of recurrent, linear and/,
    ],
    [
      'two gates',
      { weight_ih_l0: tensor([[1], [2]]), weight_hh_l0: tensor([[1], [2]]) },
      'unsupported',
      /gates$/,
    ],
    [
      'one bias',
      { weight_ih_l0: tensor([[1]]), weight_hh_l0: tensor([[1]]), bias_ih_l0: tensor([1]) },
      'parameters',
      /hh/,
    ],
    [
      'layers that do not fit',
      { 'a.weight': tensor([[1, 2]]), 'a.bias': tensor([1]), 'b.weight': tensor([[1, 2]]) },
      'shape',
      /inputSize/,
    ],
  ] as const)('are refused for %s', (_, dict, code, expected) => {
    expectError(() => modelOf(dict as never), { code, where: /^(modelOf|sequential.*)$/, expected });
  });
});

const PLAIN = 'the pickle must be of tensors, dictionaries, lists, tuples, numbers, texts, booleans and None';

describe('files of PyTorch that are refused', () => {
  it.each([
    ['refused-call.pt', 'unsupported', PLAIN, "'posix.system', which is not run"],
    ['refused-namespace.pt', 'unsupported', PLAIN, "'argparse.Namespace', which is not run"],
    ['refused-module.pt', 'unsupported', PLAIN, "'torch.nn.modules.rnn.LSTM', which is not run"],
    [
      'refused-old.pt',
      'unsupported',
      'bytes must be of torch.save of PyTorch 1.6 or newer, or safetensors',
      'the format of before',
    ],
    [
      'refused-script.pt',
      'unsupported',
      'bytes must be what torch.save wrote of a state_dict()',
      'a TorchScript program',
    ],
    [
      'refused-list.pt',
      'file',
      'bytes must hold a dictionary of tensors, such as a state_dict()',
      'an array of 2',
    ],
    [
      'refused-ambiguous.pt',
      'file',
      'the checkpoint must hold one dictionary of tensors, or options.key name one of its own',
      '"a", "b"',
    ],
    ['refused-nan.pt', 'file', '"weight" must be of finite float32 numbers', 'NaN at 1'],
    ['refused-overflow.pt', 'file', '"weight" must be of finite float32 numbers', 'Infinity at 0'],
    ['refused-integers.pt', 'file', 'bytes must hold weights', 'none'],
  ])('%s', (file, code, expected, got) => {
    expectError(() => load(file), {
      code,
      where: 'loadTorch',
      expected: exactly(expected),
      got: exactly(got),
    });
  });

  it('say which names there are', () => {
    expectError(() => load('prefix.safetensors', { prefix: 'decoder.' }), {
      code: 'file',
      where: 'loadTorch',
      expected: exactly("names must begin with 'decoder.'"),
      got: /^"encoder\.lstm\.bias_hh_l0", .* and 4 more$/,
    });
    expectError(() => load('checkpoint-two.pt', { key: 'best' }), {
      code: 'file',
      where: 'loadTorch',
      expected: exactly("the checkpoint must hold tensors in 'best'"),
      got: exactly('"raw", "ema"'),
    });
  });

  it('say what is wrong with arguments', () => {
    const bytes = read('torch', 'lstm.pt');
    for (const [wrong, code, expected] of [
      [() => loadTorch('lstm.pt' as never), 'dtype', /^bytes must be a Uint8Array$/],
      [() => loadTorch(bytes, { prefix: 7 } as never), 'value', /^prefix must be a text$/],
      [() => loadTorch(bytes, { prefixes: [] } as never), 'value', /^options may be prefix, key$/],
      [() => saveTorch([] as never), 'value', /^dict must be an object or Map/],
      [() => saveTorch({ weight: 1 } as never), 'dtype', /^dict\["weight"\] must be a Tensor of float32$/],
    ] as const) {
      expectError(wrong, { code, where: /^(load|save)Torch$/, expected });
    }
  });

  it('are damaged', () => {
    const bytes = read('torch', 'lstm.pt');
    const flipped = bytes.slice();
    // Behind the name, and what puts the values at a multiple of 64 bytes.
    const at = new TextDecoder('latin1').decode(bytes).indexOf('lstm/data/0') + 80;
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    for (const [damaged, expected] of [
      [new Uint8Array(0), /^bytes must begin with the length of a header/],
      [bytes.subarray(0, -1), /^bytes must be a whole zip archive/],
      [bytes.subarray(0, bytes.length / 2), /^bytes must be a whole zip archive/],
      [flipped, /^"lstm\/data\/0" must have the checksum \d+$/],
    ] as const) {
      expectError(() => loadTorch(damaged), { code: 'file', where: 'loadTorch', expected });
    }
  });
});
