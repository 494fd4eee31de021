/** Every command on real files: what it prints is what the library says. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, linkSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Embedding, GRU, Linear, LSTM, loadFile, RNN, Sequential, saveFile, tensor } from 'cellgate';
import { loadNam } from 'cellgate/nam';
import { saveOnnx } from 'cellgate/onnx';
import { loadRtneural } from 'cellgate/rtneural';
import { beforeAll, describe, expect, it } from 'vitest';
import { numbersOf, readCsv } from '../../ts/cli/data/csv.js';
import { readNpy, writeNpy } from '../../ts/cli/data/npy.js';
import { readWav, writeWav } from '../../ts/cli/data/wav.js';
import { ROOT } from '../unit/examples.js';
import { parse, textsOf } from '../unit/plot/svg.js';
import { cellgate, folder, type Options } from './command.js';

const fixture = (...names: string[]): string => path.join(ROOT, 'test/formats', ...names);

/** Runs what must not fail, and gives what it printed. */
async function printed(args: readonly string[], options?: Options): Promise<string> {
  const { code, out, err } = await cellgate(args, options);
  expect(code, err).toBe(0);
  return out;
}

const lstm = () =>
  new Sequential([
    new LSTM({ inputSize: 2, hiddenSize: 5, layers: 2, seed: 1 }),
    new Linear({ inputSize: 5, outputSize: 3, seed: 2 }),
  ]);
const steps = Array.from({ length: 7 }, (_, step) => [Math.sin(step), step / 7]);
const CSV = `a,name,b\n${steps.map(([a, b], row) => `${a},row ${row},${b}`).join('\n')}\n`;
const x = tensor(steps.flat(), [1, 7, 2]);

/** Rows of numbers of a table that was printed. */
function rowsOf(csv: string): { columns: readonly string[]; rows: number[][] } {
  const { columns, rows } = readCsv('out.csv', new TextEncoder().encode(csv));
  return { columns, rows: rows.map((row) => row.map(Number)) };
}

function expectNear(got: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(got.length).toBe(expected.length);
  for (let index = 0; index < got.length; index++) expect(got[index]).toBeCloseTo(expected[index]!, 5);
}

describe('run', () => {
  it('writes the output of the last step, from a file and from a pipe', async () => {
    const cwd = folder();
    const model = lstm();
    await saveFile(path.join(cwd, 'm.safetensors'), model);
    writeFileSync(path.join(cwd, 'x.csv'), CSV);
    const out = await printed(['run', 'm.safetensors', '--input', 'x.csv'], { cwd });
    const { columns, rows } = rowsOf(out);
    expect(columns).toEqual(['sequence', 'output 1', 'output 2', 'output 3']);
    expectNear(rows.flat(), [0, ...model.predict(x).data]);
    expect(await printed(['run', 'm.safetensors'], { cwd, input: CSV })).toBe(out);
    expect(await printed(['run', '-', '-i', 'x.csv'], { cwd, input: model.save() })).toBe(out);
    const swapped = await printed(['run', 'm.safetensors', '--columns', 'b,a'], { cwd, input: CSV });
    expectNear(
      rowsOf(swapped).rows[0]!.slice(1),
      model.predict(
        tensor(
          steps.flatMap(([a, b]) => [b!, a!]),
          [1, 7, 2],
        ),
      ).data,
    );
  });

  it('writes every step, as a table, an array and JSON', async () => {
    const cwd = folder();
    const model = lstm();
    await saveFile(path.join(cwd, 'm'), model);
    const expected = model.stream().run(Float32Array.from(steps.flat()));
    const { columns, rows } = rowsOf(await printed(['run', 'm', '--steps'], { cwd, input: CSV }));
    expect(columns).toEqual(['step', 'output 1', 'output 2', 'output 3']);
    expectNear(
      rows.flatMap((row) => row.slice(1)),
      expected,
    );
    await printed(['run', 'm', '--steps', '-o', 'y.npy'], { cwd, input: CSV });
    const { shape, data } = readNpy('y.npy', readFileSync(path.join(cwd, 'y.npy')));
    expect(shape).toEqual([1, 7, 3]);
    expectNear(data, expected);
    const json = JSON.parse(await printed(['run', 'm', '--steps', '--json'], { cwd, input: CSV }));
    expect(json.output.shape).toEqual([1, 7, 3]);
    expectNear(json.output.values.flat(2), expected);
    expect(await printed(['run', 'm', '--steps', '--json', '-o', 'y.json'], { cwd, input: CSV })).toBe('');
    expect(JSON.parse(readFileSync(path.join(cwd, 'y.json'), 'utf8'))).toEqual(json);
    const { bytes } = await cellgate(['run', 'm', '--steps', '--format', 'npy'], { cwd, input: CSV });
    expectNear(readNpy('pipe', bytes).data, expected);
  });

  it('takes batches of an array', async () => {
    const cwd = folder();
    const model = lstm();
    await saveFile(path.join(cwd, 'm'), model);
    const values = Float32Array.from({ length: 3 * 4 * 2 }, (_, index) => Math.cos(index));
    const input = writeNpy(values, [3, 4, 2]);
    const last = rowsOf(await printed(['run', 'm'], { cwd, input })).rows;
    const y = model.predict(tensor(values, [3, 4, 2]));
    expectNear(
      last.flatMap((row) => row.slice(1)),
      y.data,
    );
    // A stream of three sequences has the same last step.
    const all = rowsOf(await printed(['run', 'm', '--steps'], { cwd, input }));
    expect(all.columns.slice(0, 2)).toEqual(['sequence', 'step']);
    expectNear(
      all.rows.filter(([, step]) => step === 3).flatMap((row) => row.slice(2)),
      y.data,
    );
  });

  it('takes ids, and refuses what is none', async () => {
    const cwd = folder();
    const model = new Sequential([
      new Embedding({ vocabularySize: 9, size: 2 }),
      new GRU({ inputSize: 2, hiddenSize: 2 }),
    ]);
    await saveFile(path.join(cwd, 'm'), model);
    const { rows } = rowsOf(await printed(['run', 'm'], { cwd, input: 'id\n3\n1\n4\n' }));
    expectNear(rows[0]!.slice(1), model.predict(tensor([[3, 1, 4]], undefined, 'int32')).data);
    writeFileSync(path.join(cwd, 'm.onnx'), saveOnnx(model));
    for (const file of ['m', 'm.onnx']) {
      for (const id of ['1.5', '4294967297', 'Infinity']) {
        const { code, err } = await cellgate(['run', file], { cwd, input: `id\n3\n${id}\n` });
        expect([code, err]).toEqual([
          1,
          `cellgate: standard input: value 2 must be a whole number from -2147483648 to 2147483647, got ${id}\n`,
        ]);
      }
    }
  });

  it('takes recordings: samples as steps, or as frames, and writes them', async () => {
    const cwd = folder();
    const samples = Float32Array.from({ length: 103 }, (_, index) => Math.sin(index / 3));
    const input = writeWav({ rate: 8000, channels: 1, samples });
    const amplifier = new Sequential([
      new RNN({ inputSize: 1, hiddenSize: 3 }),
      new Linear({ inputSize: 3, outputSize: 1 }),
    ]);
    await saveFile(path.join(cwd, 'amplifier'), amplifier);
    const { bytes } = await cellgate(['run', 'amplifier', '--steps', '--format', 'wav'], { cwd, input });
    const recording = readWav('pipe', bytes);
    expect(recording.rate).toBe(8000);
    expectNear(recording.samples, amplifier.stream().run(samples));
    const detector = new Sequential([new RNN({ inputSize: 10, hiddenSize: 1 })]);
    await saveFile(path.join(cwd, 'detector'), detector);
    const { out, err } = await cellgate(['run', 'detector', '--steps'], { cwd, input });
    expect(rowsOf(out).rows).toHaveLength(10);
    expect(err).toBe('standard input: the last 3 of 103 samples fill no frame of 10\n');
  });

  it('takes models of PyTorch, Keras and ONNX, told by their content', async () => {
    const cwd = folder();
    for (const [file, columns] of [
      [fixture('torch/lstm.pt'), undefined],
      [fixture('torch/lstm-float16.safetensors'), undefined],
      [fixture('keras/keras3-lstm.keras'), undefined],
      [fixture('keras/keras2-gru.h5'), undefined],
    ] as const) {
      const { layers } = JSON.parse(await printed(['inspect', file, '--json']));
      const size = layers[0].options.inputSize as number;
      const input = writeNpy(new Float32Array(6 * size).fill(0.5), [6, size]);
      const { rows } = rowsOf(await printed(['run', file], { cwd, input }));
      expect(rows.flat().every(Number.isFinite), `${file} ${columns}`).toBe(true);
    }
  });

  it('takes networks of ONNX with other inputs and outputs by name', async () => {
    const cwd = folder();
    const layer = new LSTM({ inputSize: 2, hiddenSize: 2, seed: 3 });
    writeFileSync(path.join(cwd, 'm.onnx'), saveOnnx(layer, { state: true }));
    const text = await printed(['inspect', 'm.onnx'], { cwd });
    expect(text).toMatch(/^inputs +x +float32 +\[batch, time, 2\]$/m);
    const first = layer.forward(x);
    const json = JSON.parse(await printed(['run', 'm.onnx', '--json'], { cwd, input: CSV }));
    expectNear(json.output.values.flat(2), first.output.data);
    expectNear(json.c_n.values.flat(2), first.state.c.data);
    // Goes on from the state that was given.
    const [h, c] = [first.state.h, first.state.c].map(({ data }) => data.join(','));
    const args = ['run', 'm.onnx', '--set', `h=${h} c=${c}`, '--fetch', 'h_n', '--json'];
    const next = JSON.parse(await printed(args, { cwd, input: CSV }));
    expect(Object.keys(next)).toEqual(['h_n']);
    expectNear(next.h_n.values.flat(2), layer.forward(x, { state: first.state }).state.h.data);
    for (const [option, value, message] of [
      ['--ahead', '3', '--ahead is not for an ONNX network'],
      ['--set', 'h=1', '--set h needs 2 numbers, got 1'],
      ['--set', 'h', '--set must be like sr=16000, got "h"'],
      ['--set', 'z=1', 'the network\'s inputs are x, h, c, got "z"'],
      ['--fetch', 'z', 'the network\'s outputs are output, h_n, c_n, got "z"'],
      ['--feed', 'z', 'the network\'s inputs are x, h, c, got "z"'],
    ] as const) {
      const { code, err } = await cellgate(['run', 'm.onnx', option, value], { cwd, input: CSV });
      expect([code, err.split('\n')[0]]).toEqual([2, `cellgate: run: ${message}`]);
    }
    const { code, err } = await cellgate(['trace', 'm.onnx'], { cwd, input: CSV });
    expect([code, err]).toEqual([1, expect.stringContaining('the file must have layers')]);
  });

  it('takes networks for sound with what is around their layers', async () => {
    const samples = Float32Array.from({ length: 50 }, (_, index) => Math.sin(index / 3));
    const input = writeWav({ rate: 44_100, channels: 1, samples });
    for (const [file, load] of [
      [fixture('rtneural/guitar-lstm.json'), loadRtneural],
      [fixture('nam/two-layers.nam'), loadNam],
    ] as const) {
      const { bytes } = await cellgate(['run', file, '--format', 'wav'], { input });
      expectNear(readWav('pipe', bytes).samples, load(readFileSync(file)).run(samples));
      const { code, err } = await cellgate(['convert', file, path.join(folder(), 'm.onnx')]);
      expect([code, err.includes('a network for sound must stay as it is')]).toEqual([1, true]);
    }
  });

  it.skipIf(!existsSync('/dev/full'))('says so when nothing can be written any more', async () => {
    const cwd = folder();
    await saveFile(path.join(cwd, 'm'), lstm());
    const full = openSync('/dev/full', 'w');
    const program = path.join(ROOT, 'dist/node/cli.js');
    for (const args of [['inspect', 'm'], ['--version']]) {
      const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', full, 'pipe'] });
      const [err, code] = await Promise.all([
        text(child.stderr as Readable),
        new Promise((resolve) => child.on('close', resolve)),
      ]);
      expect([code, err]).toEqual([
        1,
        'cellgate: standard output: the stream must be writable, got no space left\n',
      ]);
    }
    closeSync(full);
  });

  it('is no failure when its reader goes', async () => {
    const cwd = folder();
    await saveFile(path.join(cwd, 'm'), lstm());
    const values = new Float32Array(100_000 * 2);
    writeFileSync(path.join(cwd, 'x.npy'), writeNpy(values, [100_000, 2]));
    const program = path.join(ROOT, 'dist/node/cli.js');
    const shell = spawn(
      'bash',
      [
        '-c',
        `"${process.execPath}" "${program}" run m --steps -i x.npy | head -n 1; echo "\${PIPESTATUS[0]}"`,
      ],
      { cwd },
    );
    let text = '';
    shell.stdout.on('data', (chunk) => {
      text += chunk;
    });
    shell.stderr.on('data', (chunk) => {
      text += chunk;
    });
    await new Promise((resolve) => shell.on('close', resolve));
    expect(text).toBe('step,output 1,output 2,output 3\n0\n');
  });
});

describe('inspect', () => {
  it('tells the layers and the weights of every gate', async () => {
    const cwd = folder();
    const model = lstm();
    await saveFile(path.join(cwd, 'm'), model);
    const json = JSON.parse(await printed(['inspect', 'm', '--json'], { cwd }));
    expect(json.format).toBe('cellgate model');
    expect(json.layers.map(({ kind }: { kind: string }) => kind)).toEqual(['LSTM', 'Linear']);
    const count = Object.values(model.parameters()).reduce((sum, { data }) => sum + data.length, 0);
    expect(json.parameters).toBe(count);
    const { weights } = json.layers[0];
    expect(weights.slice(0, 4).map(({ gate }: { gate: string }) => gate)).toEqual([
      'input',
      'forget',
      'candidate',
      'output',
    ]);
    const forget = weights.find(
      (part: { parameter: string; gate: string }) =>
        part.parameter === '0.bias_ih_l1' && part.gate === 'forget',
    );
    // Row 5 to 9: the second gate of five units.
    const own = model.parameters()['0.bias_ih_l1']!.data.slice(5, 10);
    expect(forget.mean).toBeCloseTo(own.reduce((sum, value) => sum + value) / 5, 6);
    expect([forget.min, forget.max]).toEqual([Math.min(...own), Math.max(...own)]);
    expect(forget.histogram.counts.reduce((sum: number, each: number) => sum + each)).toBe(5);

    const text = await printed(['inspect', 'm'], { cwd });
    expect(text).toContain(model.summary());
    expect(text).toMatch(/^0\.weight_hh_l1 +input +\S+ +\S+ +\S+ +\S+ +[ ▁▂▃▄▅▆▇█]+$/m);
    await printed(['inspect', 'm', '--svg', 'w.svg'], { cwd });
    expect(textsOf(readFileSync(path.join(cwd, 'w.svg'), 'utf8'))).toContain('0.weight_ih_l0, forget');
  });

  it('names gates that coupled and other cells have', async () => {
    const cwd = folder();
    const gatesOf = async (layer: LSTM | GRU | RNN): Promise<string[]> => {
      await saveFile(path.join(cwd, 'm'), new Sequential([layer as LSTM]));
      const { layers } = JSON.parse(await printed(['inspect', 'm', '--json'], { cwd }));
      const all: { parameter: string; gate: string }[] = layers[0].weights;
      return all.filter(({ parameter }) => parameter === '0.weight_ih_l0').map(({ gate }) => gate);
    };
    const sizes = { inputSize: 2, hiddenSize: 3 };
    expect(await gatesOf(new LSTM({ ...sizes, coupled: true }))).toEqual(['forget', 'candidate', 'output']);
    expect(await gatesOf(new LSTM({ ...sizes, forgetGate: false }))).toEqual([
      'input',
      'candidate',
      'output',
    ]);
    expect(await gatesOf(new GRU(sizes))).toEqual(['reset', 'update', 'candidate']);
    expect(await gatesOf(new RNN(sizes))).toEqual(['hidden']);
  });
});

describe('trace', () => {
  it('draws every gate as SVG', async () => {
    const cwd = folder();
    await saveFile(path.join(cwd, 'm'), lstm());
    await printed(['trace', 'm', '--svg', 'gates.svg', '--order', 'peak'], { cwd, input: CSV });
    const texts = textsOf(readFileSync(path.join(cwd, 'gates.svg'), 'utf8'));
    expect(texts).toEqual(expect.arrayContaining(['Forget gate f', 'Cell state c', 'Hidden state h']));
    const svg = await printed(['trace', 'm', '--svg', '-', '--gates', 'forget', '--steps', '2:5'], {
      cwd,
      input: CSV,
    });
    expect(parse(svg).name).toBe('svg');
    expect(textsOf(svg)).not.toContain('Cell state c');
    const json = await printed(['trace', 'm', '--json', '--svg', 'too.svg'], { cwd, input: CSV });
    expect(JSON.parse(json).layer).toBe('0  LSTM, layer 1 of 2');
    expect(textsOf(readFileSync(path.join(cwd, 'too.svg'), 'utf8'))).toContain('Cell state c');
  });

  it('tells the values of the layer that is asked for', async () => {
    const cwd = folder();
    const model = lstm();
    await saveFile(path.join(cwd, 'm'), model);
    const { layers } = model.layers[0].trace(x);
    const json = JSON.parse(await printed(['trace', 'm', '--json', '--layer', '1'], { cwd, input: CSV }));
    expect(json.layer).toBe('0  LSTM, layer 2 of 2');
    expect(json.forget.shape).toEqual([1, 7, 5]);
    expectNear(json.forget.data, layers[1]!.forget.data);
    const { code, err } = await cellgate(['trace', 'm', '--layer', '2'], { cwd, input: CSV });
    expect([code, err.split('\n')[0]]).toEqual([
      2,
      'cellgate: trace: --layer must be a whole number from 0 to 1, got "2"',
    ]);
  });

  it('draws in the terminal, with colours where they are asked for', async () => {
    const cwd = folder();
    await saveFile(path.join(cwd, 'm'), lstm());
    const args = ['trace', 'm', '--gates', 'forget'];
    const plain = await printed(args, { cwd, input: CSV });
    const coloured = await printed(args, { cwd, input: CSV, env: { FORCE_COLOR: '1' } });
    const both = await printed(args, { cwd, input: CSV, env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    const ESC = String.fromCharCode(27);
    expect([plain, coloured, both].map((text) => text.includes(ESC))).toEqual([false, true, false]);
    expect(plain).toContain('Forget gate f');
  });
});

describe('train', () => {
  /** A wave that grows: the last value says little. */
  const rows = Array.from({ length: 300 }, (_, row) => 10 + row / 20 + 3 * Math.sin(row / 2.5));
  const WAVE = `day,level,noise\n${rows.map((value, row) => `d${row},${value},${row % 3}`).join('\n')}\n`;
  const args = [
    'train',
    'wave.csv',
    '--target',
    'level',
    '--window',
    '12',
    '--hidden',
    '12',
    '--epochs',
    '30',
    '--rate',
    '0.01',
  ];
  let cwd = '';
  let report = '';
  beforeAll(async () => {
    cwd = path.join(ROOT, 'out/cli-train');
    const { mkdirSync } = await import('node:fs');
    mkdirSync(cwd, { recursive: true });
    writeFileSync(path.join(cwd, 'wave.csv'), WAVE);
    report = await printed([...args, '--season', '16', '-o', 'm'], { cwd });
  });

  it('forecasts better than the last value and than the last season, and says by how much', () => {
    const figure = (name: string): number =>
      Number(new RegExp(`^${name} .*square (\\S+)$`, 'm').exec(report)?.[1]);
    expect(figure('validation')).toBeLessThan(0.3 * Math.min(figure('last value'), figure('16 rows before')));
    // The same by hand, over the last fifth of the rows.
    const truth = rows.slice(240);
    const rmse = (lag: number): number =>
      Math.sqrt(
        truth.reduce((sum, value, index) => sum + (value - rows[240 + index - lag]!) ** 2, 0) / truth.length,
      );
    expect(figure('last value')).toBeCloseTo(rmse(1), 3);
    expect(figure('16 rows before')).toBeCloseTo(rmse(16), 3);
    expect(report).toMatch(/The network is \d+ % better than the best that needs none\.\nwritten m\n$/);
  });

  it('writes a model that run forecasts with, to the errors that were told', async () => {
    const { out } = await cellgate(['run', 'm', '-i', 'wave.csv'], { cwd });
    const table = readCsv('out', new TextEncoder().encode(out));
    expect(table.columns).toEqual(['row', 'label', 'level', 'level forecast']);
    expect(table.rows).toHaveLength(301);
    expect(table.rows[0]).toEqual(['1', 'd0', String(rows[0]), '']);
    expect(table.rows[300]?.slice(0, 3)).toEqual(['301', '', '']);
    const errors = table.rows
      .slice(240, 300)
      .map(([, , value, forecast]) => Number(forecast) - Number(value));
    const rmse = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
    expect(rmse).toBeCloseTo(Number(/^validation .*square (\S+)$/m.exec(report)?.[1]), 3);
  });

  it('goes on behind the last row from its own forecasts', async () => {
    const { rows: ahead } = JSON.parse(
      await printed(['run', 'm', '-i', 'wave.csv', '--ahead', '6', '--json'], { cwd }),
    );
    expect(ahead).toHaveLength(306);
    ahead.slice(300).forEach(({ forecast }: { forecast: number }, index: number) => {
      const row = 300 + index;
      expect(Math.abs(forecast - (10 + row / 20 + 3 * Math.sin(row / 2.5)))).toBeLessThan(1);
    });
  });

  it.each([
    [['run', 'm', '--steps'], '--steps is not for a model that forecasts'],
    [['run', 'm', '--columns', 'noise'], '--columns is not for a model that forecasts'],
    [['run', 'm', '--feed', 'x'], '--feed is not for a model that forecasts'],
    [['trace', 'm', '--columns', 'noise'], '--columns is not for a model that forecasts'],
  ])('takes no options that it would not heed: %j', async (given, message) => {
    const { code, out, err } = await cellgate([...given, '-i', 'wave.csv'], { cwd });
    expect([code, out, err.split('\n')[0]]).toEqual([2, '', `cellgate: ${given[0]}: ${message}`]);
  });

  it('needs as many rows as it forecasts ahead', async () => {
    const wide = ['--horizon', '3', '--epochs', '1', '-o', 'three'];
    await printed([...args, ...wide], { cwd });
    const input = (count: number): string => `level\n${rows.slice(0, count).join('\n')}\n`;
    const few = await cellgate(['run', 'three', '--ahead', '2'], { cwd, input: input(2) });
    expect([few.code, few.out, few.err]).toEqual([
      1,
      '',
      'cellgate: run --ahead: data must have 3 rows or more, as far as it forecasts, got 2\n',
    ]);
    const json = JSON.parse(
      await printed(['run', 'three', '--ahead', '2', '--json'], { cwd, input: input(3) }),
    );
    expect(json.rows.map(({ forecast }: { forecast?: number }) => Number.isFinite(forecast))).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it('can be traced and goes on training where it ended', async () => {
    const svg = await printed(['trace', 'm', '-i', 'wave.csv', '--svg', '-', '--gates', 'cell'], { cwd });
    expect(textsOf(svg)).toContain('Cell state c');
    const before = JSON.parse(await printed([...args, '--epochs', '2', '-o', 'short', '--json'], { cwd }));
    const after = JSON.parse(
      await printed(['train', 'wave.csv', '--from', 'short', '--epochs', '3', '-o', 'long', '--json'], {
        cwd,
      }),
    );
    const whole = JSON.parse(await printed([...args, '--epochs', '5', '-o', 'whole', '--json'], { cwd }));
    expect([before.epochs, after.epochs, whole.epochs]).toEqual([2, 5, 5]);
    expect(after.history.loss).toEqual(whole.history.loss);
    expect(readFileSync(path.join(cwd, 'long')).equals(readFileSync(path.join(cwd, 'whole')))).toBe(true);
  });

  it('reads other columns, farther ahead, by other cells; the same seed gives the same model', async () => {
    const more = [
      ...args,
      '--inputs',
      'all',
      '--horizon',
      '3',
      '--cell',
      'gru',
      '--layers',
      '2',
      '--epochs',
      '2',
    ];
    const first = JSON.parse(await printed([...more, '--json', '-o', 'a'], { cwd }));
    await printed([...more, '-o', 'b'], { cwd });
    expect(first.validation.rmse).toBeGreaterThan(0);
    expect(readFileSync(path.join(cwd, 'a')).equals(readFileSync(path.join(cwd, 'b')))).toBe(true);
    const text = await printed(['inspect', 'a'], { cwd });
    expect(text).toContain('forecasts level 3 rows ahead, from the last 12 rows of level, noise');
    const { code, err } = await cellgate(['run', 'a', '-i', 'wave.csv', '--ahead', '2'], { cwd });
    expect([code, err.split('\n')[0]]).toEqual([
      2,
      'cellgate: run: --ahead needs a model of its target alone: this one reads level, noise',
    ]);
  });

  it('sees nothing of the validation: other numbers there leave the weights as they are', async () => {
    const other = folder();
    const changed = rows.map((value, row) => (row < 240 ? value : 500 - value));
    writeFileSync(path.join(other, 'wave.csv'), `level\n${changed.join('\n')}\n`);
    writeFileSync(path.join(other, 'same.csv'), `level\n${rows.join('\n')}\n`);
    const few = ['--target', 'level', '--window', '12', '--epochs', '1'];
    await printed(['train', 'wave.csv', ...few, '-o', 'a'], { cwd: other });
    await printed(['train', 'same.csv', ...few, '-o', 'b'], { cwd: other });
    const [a, b] = await Promise.all(
      ['a', 'b'].map(async (name) => (await loadFile(path.join(other, name))).stateDict()),
    );
    expect(a).toEqual(b);
  });

  it('writes the model to a pipe, with its report beside', async () => {
    const { code, bytes, err } = await cellgate([...args, '--epochs', '1', '-o', '-'], { cwd });
    expect(code).toBe(0);
    expect(err).toContain('written to the standard output');
    expect(Sequential.load(new Uint8Array(bytes)).layers).toHaveLength(2);
  });

  it('ends by an interrupt with the model as it is then', async () => {
    const program = path.join(ROOT, 'dist/node/cli.js');
    const child = spawn(
      process.execPath,
      [program, ...args, '--epochs', '1000000', '--patience', '1000000', '-o', 'stopped'],
      { cwd },
    );
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    const interrupt = setTimeout(() => child.kill('SIGINT'), 3000);
    const code = await new Promise((resolve) => child.on('close', resolve));
    clearTimeout(interrupt);
    expect(code).toBe(130);
    expect(text).toContain('ended by Ctrl-C');
    expect(existsSync(path.join(cwd, 'stopped'))).toBe(true);
  }, 30_000);
});

describe('convert', () => {
  it.each(['torch/lstm.pt', 'torch/gru-stacked-both-ways.pt', 'keras/keras3-lstm.keras'])(
    '%s to safetensors',
    async (file) => {
      const cwd = folder();
      await printed(['convert', fixture(file), 'm.safetensors'], { cwd });
      const { layers } = JSON.parse(await printed(['inspect', 'm.safetensors', '--json'], { cwd }));
      const size = layers[0].options.inputSize as number;
      const input = writeNpy(
        Float32Array.from({ length: 5 * size }, (_, index) => Math.sin(index)),
        [5, size],
      );
      const [before, after] = await Promise.all(
        [fixture(file), 'm.safetensors'].map((name) => printed(['run', name], { cwd, input })),
      );
      expect(after).toBe(before);
    },
  );

  it.each([
    ['m.onnx', 'torch/lstm.pt'],
    ['m.onnx', 'keras/keras3-gru.keras'],
    ['m.json', 'keras/keras3-lstm.keras'],
  ])('to %s, which runs to the same numbers: %s', async (to, file) => {
    const cwd = folder();
    await printed(['convert', fixture(file), to], { cwd });
    const { layers } = JSON.parse(await printed(['inspect', fixture(file), '--json']));
    const size = layers[0].options.inputSize as number;
    const input = writeNpy(
      Float32Array.from({ length: 5 * size }, (_, index) => Math.sin(index)),
      [5, size],
    );
    const [before, after] = await Promise.all(
      [fixture(file), to].map(async (name) => rowsOf(await printed(['run', name], { cwd, input }))),
    );
    expectNear(after!.rows.flat(), before!.rows.flat());
  });

  it('names the weights of a model in JSON after it, so that two have room in a folder', async () => {
    const cwd = folder();
    const files = ['lstm', 'gru-before'].map((name) => fixture(`keras/keras3-${name}.keras`));
    for (const [index, file] of files.entries()) await printed(['convert', file, `${index}.json`], { cwd });
    expect(readdirSync(cwd).sort()).toEqual(['0-shard1of1.bin', '0.json', '1-shard1of1.bin', '1.json']);
    for (const [index, file] of files.entries()) {
      const { layers } = JSON.parse(await printed(['inspect', file, '--json']));
      const size = layers[0].options.inputSize as number;
      const input = writeNpy(new Float32Array(4 * size).fill(0.5), [4, size]);
      const [before, after] = await Promise.all(
        [file, `${index}.json`].map(async (name) => rowsOf(await printed(['run', name], { cwd, input }))),
      );
      expectNear(after!.rows.flat(), before!.rows.flat());
    }
  });

  it('replaces a file by a whole one', async () => {
    const cwd = folder();
    const [file, older] = ['m.safetensors', 'older'].map((name) => path.join(cwd, name)) as [string, string];
    writeFileSync(file, 'older');
    linkSync(file, older);
    await printed(['convert', fixture('keras/keras3-lstm.keras'), file]);
    expect(readFileSync(older, 'utf8')).toBe('older');
    expect((await loadFile(file)).layers.length).toBeGreaterThan(0);
    expect(readdirSync(cwd).sort()).toEqual(['m.safetensors', 'older']);
  });

  it('loses no mask, and neither do steps and traces', async () => {
    const cwd = folder();
    const masked = fixture('keras/keras3-embedding-mask.keras');
    for (const args of [
      ['convert', masked, 'm.safetensors'],
      ['convert', masked, 'm.onnx'],
      ['run', masked, '--steps'],
      ['trace', masked],
    ]) {
      const { code, out, err } = await cellgate(args, { cwd, input: 'id\n3\n0\n4\n' });
      expect([code, out, err]).toEqual([
        1,
        '',
        expect.stringMatching(
          /^cellgate: \S.*: model must have no mask, which would be lost, got the mask 0\n$/,
        ),
      ]);
    }
    expect(readdirSync(cwd)).toEqual([]);
    await printed(['convert', masked, 'm.json'], { cwd });
    const input = 'id\n3\n0\n4\n';
    const [before, after] = await Promise.all(
      [masked, 'm.json'].map(async (name) => rowsOf(await printed(['run', name], { cwd, input }))),
    );
    expectNear(after!.rows.flat(), before!.rows.flat());
  });

  it('keeps what a forecast needs', async () => {
    const cwd = folder();
    writeFileSync(
      path.join(cwd, 'x.csv'),
      `v\n${Array.from({ length: 60 }, (_, row) => Math.sin(row)).join('\n')}\n`,
    );
    await printed(['train', 'x.csv', '-t', 'v', '--window', '4', '--epochs', '1', '-o', 'a'], { cwd });
    await printed(['convert', 'a', 'b.safetensors'], { cwd });
    const [a, b] = await Promise.all(
      ['a', 'b.safetensors'].map((name) => printed(['run', name, '-i', 'x.csv'], { cwd })),
    );
    expect(b).toBe(a);
    expect(numbersOf(readCsv('b', new TextEncoder().encode(b!)), 'row')).toHaveLength(61);
  });
});

describe('bench', () => {
  it('times each backend of this machine', async () => {
    const { code, out } = await cellgate(['bench', '--seconds', '0.001', '--json']);
    expect(code).toBe(0);
    const { microseconds } = JSON.parse(out);
    const backends = new Set(microseconds.map(({ backend }: { backend: string }) => backend.split(' ')[0]));
    expect(backends).toEqual(new Set(['native', 'wasm']));
    for (const { step, sequence, batch } of microseconds)
      for (const time of [step, sequence, batch]) expect(time).toBeGreaterThan(0);
  }, 60_000);
});
