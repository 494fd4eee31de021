/** Tables, arrays and recordings: those of other programs are read to the bit, those that are broken refused with their place. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CellgateError } from 'cellgate';
import { describe, expect, it } from 'vitest';
import { numbersOf, numericColumns, readCsv, writeCsv } from '../../ts/cli/data/csv.js';
import { readNpy, writeNpy } from '../../ts/cli/data/npy.js';
import { isWav, readWav, writeWav } from '../../ts/cli/data/wav.js';
import { wholeNumbers } from '../../ts/cli/tensors.js';
import { DATA } from './command.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (file: string): Uint8Array => readFileSync(path.join(DATA, file));
const table = (text: string) => readCsv('t.csv', bytesOf(text));

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    // Sources and the built package have a class each.
    if (error instanceof Error && error.name === CellgateError.prototype.constructor.name)
      return error.message;
    throw error;
  }
  return expect.fail('it was taken');
}

describe('tables', () => {
  it.each([
    ['commas', 'a,b\n1,2\n3,4\n'],
    ['tabs', 'a\tb\n1\t2\n3\t4\n'],
    ['semicolons', 'a;b\n1;2\n3;4\n'],
    ['bars', 'a|b\n1|2\n3|4\n'],
    ['lines of Windows', 'a,b\r\n1,2\r\n3,4\r\n'],
    ['lines of old Macs', 'a,b\r1,2\r3,4'],
    ['a byte order mark', '\ufeffa,b\n1,2\n3,4\n'],
    ['quotes', '"a","b"\n"1",2\n3,"4"\n'],
    ['blank lines', 'a,b\n\n1,2\n   \n3,4\n\n\n'],
    ['spaces around names', ' a , b \n1,2\n3,4\n'],
  ])('are read with %s', (_name, text) => {
    const read = table(text);
    expect(read.columns).toEqual(['a', 'b']);
    expect(Array.from(numbersOf(read, 'b'))).toEqual([2, 4]);
  });

  it('have names only if a value of the first row is no number', () => {
    expect(table('1,2\n3,4\n').columns).toEqual(['column 1', 'column 2']);
    expect(table('1,2\n3,4\n').rows).toHaveLength(2);
    expect(table('x\n1\n2\n').rows).toHaveLength(2);
  });

  it('may have values of many lines and quotes in quotes', () => {
    const read = table('name,n\n"a ""b""\nc",1\nd,x\n');
    expect(read.rows[0]).toEqual(['a "b"\nc', '1']);
    // The second value begins on the fourth line.
    expect(messageOf(() => numbersOf(read, 'n'))).toBe('t.csv, line 4: n must be a number, got "x"');
    expect(numericColumns(table('a,b\n1,x\n2,3\n'))).toEqual(['a']);
  });

  it.each([
    ['', 't.csv: data must have rows, got none'],
    ['a,b\n1,2\n3\n', 't.csv, line 3: a row must have 2 values, got 1'],
    ['a,b\n\n\n1,2,3\n', 't.csv, line 4: a row must have 2 values, got 3'],
    ['a,a\n1,2\n', 't.csv, line 1: columns must have names of their own, got "a" twice'],
    ['a\n1\n"2\n3\n', 't.csv, line 3: quotes must be closed, got Quoted field unterminated'],
  ])('are refused: %j', (text, message) => {
    expect(messageOf(() => table(text))).toBe(message);
  });

  it('are refused where values are missing or no numbers', () => {
    expect(messageOf(() => numbersOf(table('a,b\n1,\n'), 'b'))).toBe(
      't.csv, line 2: b must be a number, got ""',
    );
    expect(messageOf(() => numbersOf(table('a\n1\n'), 'c'))).toBe('t.csv: columns may be a, got "c"');
    expect(messageOf(() => readCsv('t.csv', Uint8Array.of(0x61, 0xff)))).toContain('must be text in UTF-8');
  });

  it('are written so that they are read again', () => {
    const rows = [
      ['a "b", c\nd', 1.5],
      ['', -2e-7],
    ];
    const again = table(writeCsv(['name', 'n'], rows));
    expect(again.rows.map(([name, n]) => [name, Number(n)])).toEqual(rows);
  });
});

describe('whole numbers', () => {
  it.each([
    ['int32', [-(2 ** 31), 2 ** 31 - 1]],
    ['int64', [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]],
  ] as const)('are those that %s and a number hold exactly', (dtype, ends) => {
    expect(wholeNumbers('t.csv', dtype, ends)).toEqual(ends);
    for (const value of [ends[0] - 1, ends[1] + 1, 2.7, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(messageOf(() => wholeNumbers('t.csv', dtype, [0, value]))).toBe(
        `t.csv: value 2 must be a whole number from ${ends[0]} to ${ends[1]}, got ${value}`,
      );
    }
  });
});

describe('arrays of NumPy', () => {
  const files = [
    'little-f4',
    'big-f4',
    'little-f8',
    'little-i2',
    'big-i2',
    'little-i4',
    'little-i8',
    'i1',
    'version-2',
  ];

  it.each(files)('of %s', (name) => {
    const { shape, data } = readNpy('a.npy', read(`${name}.npy`));
    expect(shape).toEqual([2, 3]);
    expect(Array.from(data)).toEqual([0, 1, -2, 3, 100, -128]);
  });

  it.each(['little-u2', 'little-u4'])('of %s', (name) => {
    expect(Array.from(readNpy('a.npy', read(`${name}.npy`)).data)).toEqual([0, 1, 2, 3, 100, 128]);
  });

  it('of truth values, and of one axis', () => {
    expect(Array.from(readNpy('a.npy', read('bool.npy')).data)).toEqual([0, 1, 0, 1, 1, 0]);
    expect(readNpy('a.npy', read('one-axis.npy')).shape).toEqual([5]);
  });

  it.each([[[7]], [[2, 3]], [[1, 4, 2]], [[0, 3]]])(
    "are written so that NumPy's reader here takes them: %j",
    (shape) => {
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, index) => index / 3);
      const again = readNpy('a.npy', writeNpy(data, shape));
      expect(again.shape).toEqual(shape);
      expect(Float32Array.from(again.data)).toEqual(data);
    },
  );

  it('are written as NumPy writes them', () => {
    const values = Float32Array.of(0, 1, -2, 3, 100, -128);
    expect(Buffer.from(writeNpy(values, [2, 3])).equals(read('little-f4.npy'))).toBe(true);
  });

  it.each([
    ['fortran.npy', 'a.npy: values must be row by row (C order), got Fortran order'],
    ['complex.npy', 'values must be of f4, f8, i1, i2, i4, i8, u1, u2, u4, b1, got "<c8"'],
  ])('are refused: %s', (file, message) => {
    expect(messageOf(() => readNpy('a.npy', read(file)))).toContain(message);
  });

  it('are refused where anything is cut off or changed', () => {
    const whole = read('little-f4.npy');
    for (let length = 6; length < whole.length; length++) {
      expect(messageOf(() => readNpy('a.npy', whole.subarray(0, length)))).toMatch(/^a\.npy: /);
    }
    const longer = new Uint8Array([...whole, 0]);
    expect(messageOf(() => readNpy('a.npy', longer))).toContain(
      'must have 24 bytes from byte 128, got 25 bytes',
    );
    const text = Buffer.from(whole);
    text.write('9999999999', text.indexOf('(2, 3)') + 1);
    expect(messageOf(() => readNpy('a.npy', text))).toMatch(/^a\.npy: /);
    expect(messageOf(() => readNpy('a.npy', Uint8Array.from(whole).fill(9, 6, 7)))).toContain(
      'must be 1, 2 or 3, got 9',
    );
  });
});

describe('recordings', () => {
  const sine = (index: number): number => 0.5 * Math.sin((2 * Math.PI * 500 * index) / 8000);

  it.each([
    ['pcm-8', 1 / 2 ** 7],
    ['pcm-16', 1 / 2 ** 15],
    ['pcm-24', 1 / 2 ** 23],
    ['pcm-32', 1e-7],
    ['float-32', 1e-7],
    ['float-64', 1e-7],
  ])('of sox, %s', (name, bound) => {
    const { rate, channels, samples } = readWav('a.wav', read(`${name}.wav`));
    expect([rate, channels, samples.length]).toEqual([8000, 1, 80]);
    samples.forEach((sample, index) => {
      expect(Math.abs(sample - sine(index))).toBeLessThanOrEqual(bound);
    });
  });

  it('of two channels', () => {
    const { channels, samples } = readWav('a.wav', read('stereo.wav'));
    expect([channels, samples.length]).toEqual([2, 160]);
    expect(Math.abs(samples[21]! - sine(10))).toBeLessThan(1e-4);
  });

  it('are written so that they are read again', () => {
    const samples = Float32Array.of(0, 0.25, -1, 1.5, 1e-8, -0.5);
    const bytes = writeWav({ rate: 44_100, channels: 2, samples });
    expect(isWav(bytes)).toBe(true);
    expect(readWav('a.wav', bytes)).toEqual({ rate: 44_100, channels: 2, samples });
  });

  it('are refused or cut where anything is missing', () => {
    const whole = read('pcm-16.wav');
    for (let length = 12; length < 44; length++) {
      expect(messageOf(() => readWav('a.wav', whole.subarray(0, length)))).toMatch(/^a\.wav: /);
    }
    // A recording that is still being written.
    expect(readWav('a.wav', whole.subarray(0, 64)).samples).toHaveLength(10);
    expect(messageOf(() => readWav('a.wav', read('a-law.wav')))).toContain(
      'got format 6 of 8 bits in 1 channels',
    );
  });
});
