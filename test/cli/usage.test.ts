/** The command line: help, what it refuses, and how it fails. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GRU, Sequential, saveFile } from 'cellgate';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../unit/examples.js';
import { cellgate, folder } from './command.js';

const COMMANDS = ['inspect', 'run', 'trace', 'train', 'convert', 'bench'];
const TRACE_OF_STACK = /\n\s+at /;

describe('help', () => {
  it('comes without arguments, as an error', async () => {
    const { code, out, err } = await cellgate([]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('Usage: cellgate COMMAND');
  });

  it.each([['--help'], ['-h'], ['help']])('comes with %s', async (argument) => {
    const { code, out, err } = await cellgate([argument]);
    expect([code, err]).toEqual([0, '']);
    for (const name of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
  });

  it.each(COMMANDS)('of %s names all options and nothing runs', async (name) => {
    const { code, out, err } = await cellgate([name, '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^cellgate ${name}: .*\\n\\nUsage: cellgate ${name}`));
    expect(out).toContain('--help');
    expect(out).toContain('--json'.slice(0, name === 'convert' ? 2 : 6));
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
    expect((await cellgate(['help', name])).out).toBe(out);
  });

  it('has the version', async () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    const { code, out } = await cellgate(['--version']);
    expect([code, out]).toEqual([0, `${version}\n`]);
  });
});

describe('what cannot be understood ends with 2 and says where help is', () => {
  it.each([
    [['nothing'], 'unknown command "nothing"; there are inspect, run, trace, train, convert, bench', ''],
    [['--nothing'], "unknown option '--nothing'", ''],
    [['-h', '-x', 'inspect'].slice(1), "unknown option '-x'", ''],
    [['help', 'nothing'], 'unknown command "nothing"', ''],
    [['inspect'], 'inspect: FILE is missing', 'inspect '],
    [['inspect', 'a', 'b'], 'inspect: unexpected argument "b"', 'inspect '],
    [['inspect', '--svg'], "inspect: option '--svg <value>' argument missing", 'inspect '],
    [['run', 'm', '--stepz'], "run: unknown option '--stepz'", 'run '],
    [['run', 'm', '--steps=1'], "run: option '--steps' does not take an argument", 'run '],
    [
      ['run', 'm', '--ahead', '-1'],
      'run: --ahead needs a value; one that begins with a dash is written --ahead=-1',
      'run ',
    ],
    [['run', 'm', '--format', 'xls'], 'run: --format must be one of csv, npy, wav, got "xls"', 'run '],
    [['run', 'm', '--json', '--format', 'csv'], 'run: --json and --format exclude each other', 'run '],
    [
      ['inspect', 'm', '--json', '--svg', '-'],
      'inspect: --json and --svg - both mean the standard output',
      'inspect ',
    ],
    [
      ['trace', 'm', '--input', 'a', '--json', '--svg', '-'],
      'trace: --json and --svg - both mean the standard output',
      'trace ',
    ],
    [
      ['train', 'a.csv', '-t', 'x', '--json', '-o', '-'],
      'train: --json and --output - both mean the standard output',
      'train ',
    ],
    [['run', '-'], 'run: the model and its input cannot both be the standard input', 'run '],
    [
      ['trace', 'm', '--input', 'a', '--theme', 'pink'],
      'must be one of auto, light, dark, got "pink"',
      'trace ',
    ],
    [
      ['trace', 'm', '--input', 'a', '--steps', '3-4'],
      'trace: --steps must be like 10:20, got "3-4"',
      'trace ',
    ],
    [['train', 'a.csv'], 'train: --target is missing: the column to forecast', 'train '],
    [
      ['train', 'a.csv', '-t', 'x', '--epochs', 'many'],
      'train: --epochs must be a whole number from 1, got "many"',
      'train ',
    ],
    [
      ['train', 'a.csv', '-t', 'x', '--validation', '1'],
      '--validation must be a number from 0.01 to 0.9, got "1"',
      'train ',
    ],
    [
      ['train', 'a.csv', '-t', 'x', '--cell', 'cnn'],
      '--cell must be one of lstm, gru, rnn, got "cnn"',
      'train ',
    ],
    [['convert', 'm', 'm.xyz'], 'convert: the format must be one of safetensors', 'convert '],
    [['bench', '--seconds', '0'], 'bench: --seconds must be a number from 0.001 to 60, got "0"', 'bench '],
  ] as const)('%j', async (args, message, command) => {
    const { code, out, err } = await cellgate(args);
    expect(err).toContain(message);
    expect(err).toContain(`See cellgate ${command}--help.`);
    expect([code, out]).toEqual([2, '']);
    expect(err).not.toMatch(TRACE_OF_STACK);
  });
});

describe('what fails ends with 1 and one line', () => {
  it.each([
    [['inspect', 'no-such-file'], 'no-such-file: the file must be readable, got no such file'],
    [['inspect', 'folder'], 'folder: the file must be readable, got a folder'],
    [['inspect', 'text.txt'], 'text.txt: the file must be a model: '],
    [['inspect', 'empty'], 'got 0 bytes of another kind'],
    [['inspect', 'cut.safetensors'], 'cut.safetensors: '],
    [['run', 'model.safetensors', '-i', 'no.csv'], 'no.csv: the file must be readable, got no such file'],
    [
      ['run', 'model.safetensors', '-i', 'three.csv'],
      'three.csv: data must have 2 values a step; --columns chooses, got 3',
    ],
    [['run', 'model.safetensors', '-i', 'three.csv', '--columns', 'a,z'], 'columns may be a, b, c, got "z"'],
    [
      ['run', 'model.safetensors', '-i', 'words.csv'],
      'words.csv: data must have 2 values a step; --columns chooses, got 1',
    ],
    [
      ['run', 'model.safetensors', '-i', 'words.csv', '--columns', 'a,b'],
      'words.csv, line 3: b must be a number, got "x"',
    ],
    [
      ['trace', 'model.safetensors', '-i', 'two.csv', '--sequence', '4'],
      'sequence must be below the batch of reset = 1, got 4',
    ],
    [['train', 'two.csv', '-t', 'a'], 'two.csv: data must have 52 rows or more for windows of 32, got 2'],
    [['train', 'two.csv', '-t', 'z'], 'two.csv: columns may be a, b, got "z"'],
    [['train', 'two.csv', '--from', 'model.safetensors'], 'the model must be one that cellgate train made'],
    [
      ['convert', 'model.safetensors', 'no-folder/m.safetensors'],
      'no-folder/m.safetensors: the file must be writable, got no such file',
    ],
  ] as const)('%j', async (args, message) => {
    const cwd = folder();
    await saveFile(
      path.join(cwd, 'model.safetensors'),
      new Sequential([new GRU({ inputSize: 2, hiddenSize: 3 })]),
    );
    const write = (name: string, content: string | Uint8Array): void =>
      writeFileSync(path.join(cwd, name), content);
    write('cut.safetensors', readFileSync(path.join(cwd, 'model.safetensors')).subarray(0, 300));
    write('text.txt', 'Call me Ishmael.');
    write('empty', '');
    write('two.csv', 'a,b\n1,2\n3,4\n');
    write('three.csv', 'a,b,c\n1,2,3\n');
    write('words.csv', 'a,b\n1,2\n3,x\n');
    mkdirSync(path.join(cwd, 'folder'));
    const { code, out, err } = await cellgate(args, { cwd });
    expect(err).toContain(message);
    expect(err).toMatch(/^cellgate: .*\n$/);
    expect([code, out]).toEqual([1, '']);
  });

  it('whatever stands in names and files, nothing moves the cursor', async () => {
    const ESC = String.fromCharCode(27);
    const hostile = `${ESC}[2J${ESC}]0;x\u0007\u202e`;
    const input = `${hostile},b\n1,2\nx,3\n`;
    const cwd = folder();
    await saveFile(path.join(cwd, 'm'), new Sequential([new GRU({ inputSize: 2, hiddenSize: 3 })]));
    for (const args of [
      ['inspect', hostile],
      [hostile],
      ['run', 'm', hostile],
      ['run', 'm', '--columns', hostile],
      ['run', 'm', '--columns', 'c'],
      ['run', 'm', '--columns', `${hostile},b`],
      ['run', 'm', `--${hostile}`],
      ['trace', 'm', '--gates', hostile],
    ]) {
      const { code, out, err } = await cellgate(args, { input, cwd });
      expect(code, args.join(' ')).toBeGreaterThan(0);
      expect((out + err).replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
    }
  });

  it('arguments of any length and kind are taken as what they are', async () => {
    const long = 'x'.repeat(100_000);
    for (const args of [
      [long],
      ['inspect', long],
      ['inspect', `--${long}`],
      ['inspect', '--', '--help'],
      ['inspect', ''],
    ]) {
      const { code, err } = await cellgate(args);
      expect([1, 2]).toContain(code);
      expect(err).not.toMatch(TRACE_OF_STACK);
    }
  });
});
