/** Models in files of the disk. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CellgateError, Linear, LSTM, loadFile, Sequential, saveFile, tensor } from 'cellgate';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT } from './examples.js';

const folder = mkdtempSync(path.join(tmpdir(), 'cellgate-files-'));
const inFolder = (name: string): string => path.join(folder, name);
const make = (seed: number): Sequential =>
  new Sequential([
    new LSTM({ inputSize: 2, hiddenSize: 5, seed }),
    new Linear({ inputSize: 5, outputSize: 1, seed }),
  ]);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function errorOf(action: () => Promise<unknown>): Promise<CellgateError> {
  return await action().then(
    () => expect.fail('no error'),
    (error: unknown) => error as CellgateError,
  );
}

describe('a file', () => {
  it('holds what save gives, and replaces an older one', async () => {
    const file = inFolder('model.safetensors');
    const [first, second] = [make(1), make(2)];
    await saveFile(file, first);
    expect(new Uint8Array(readFileSync(file))).toEqual(first.save());
    await saveFile(file, second);
    const loaded = await loadFile(file);
    expect(loaded.stateDict()).toEqual(second.stateDict());
    expect(readdirSync(folder)).toEqual(['model.safetensors']);
  });

  it('resumes training', async () => {
    const file = inFolder('checkpoint.safetensors');
    const data = {
      x: tensor(
        Float32Array.from({ length: 48 }, (_, index) => Math.sin(index)),
        [8, 3, 2],
      ),
      y: tensor(
        Float32Array.from({ length: 8 }, (_, index) => Math.cos(index)),
        [8, 1],
      ),
    };
    const options = { loss: 'mse', batchSize: 3, seed: 4 } as const;
    const [whole, half] = [make(1), make(1)];
    const history = await whole.fit(data, { ...options, epochs: 4 });
    await half.fit(data, { ...options, epochs: 4, onEpoch: () => saveFile(file, half) });
    expect((await loadFile(file)).stateDict()).toEqual(whole.stateDict());
    const early = make(1);
    await early.fit(data, { ...options, epochs: 2 });
    await saveFile(file, early);
    const again = await loadFile(file);
    expect(await again.fit(data, { resume: true, epochs: 4 })).toEqual(history);
    expect(again.stateDict()).toEqual(whole.stateDict());
  });

  it.skipIf(process.platform === 'win32')(
    'keeps its permissions, and stays where a link points to',
    async () => {
      const [file, link] = [inFolder('private.safetensors'), inFolder('link.safetensors')];
      await saveFile(file, make(1));
      chmodSync(file, 0o600);
      symlinkSync(file, link);
      await saveFile(link, make(2));
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect((await loadFile(file)).stateDict()).toEqual(make(2).stateDict());
    },
  );

  it.skipIf(process.platform === 'win32')('of a device or a pipe is written to as it is', async () => {
    const pipe = inFolder('pipe');
    execFileSync('mkfifo', [pipe]);
    const reading = readFile(pipe);
    await saveFile(pipe, make(1));
    expect(new Uint8Array(await reading)).toEqual(make(1).save());
    expect(statSync(pipe).isFIFO()).toBe(true);
  });

  it('is whole at any moment, also when the process is killed while it writes', {
    timeout: 30_000,
  }, async () => {
    const file = inFolder('killed.safetensors');
    const program = `
      import { LSTM, saveFile, Sequential } from ${JSON.stringify(path.join(ROOT, 'dist/node/index.js'))};
      const models = [1, 2].map((seed) => new Sequential([new LSTM({ inputSize: 64, hiddenSize: 256, seed })]));
      for (let index = 0; ; index++) {
        await saveFile(${JSON.stringify(file)}, models[index % 2]);
        if (index === 0) process.stdout.write('saved');
      }`;
    const wanted = [1, 2].map((seed) =>
      new Sequential([new LSTM({ inputSize: 64, hiddenSize: 256, seed })]).save(),
    );
    for (const waitMs of [0, 7, 23]) {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      const bytes = Buffer.from((await loadFile(file)).save());
      expect(wanted.some((one) => bytes.equals(one))).toBe(true);
    }
  });
});

describe('errors', () => {
  it('of the system leave the older file and nothing else behind', async () => {
    const file = inFolder('older.safetensors');
    await saveFile(file, make(1));
    const before = readdirSync(folder);
    const missing = inFolder('missing/model.safetensors');
    const error = await errorOf(() => saveFile(missing, make(1)));
    expect(error).toMatchObject({ code: 'file', where: 'saveFile', expected: `${missing} must be writable` });
    expect(error.got).toMatch(/ENOENT/);
    expect(await errorOf(() => saveFile(folder, make(1)))).toMatchObject({ code: 'file', where: 'saveFile' });
    expect(readdirSync(folder)).toEqual(before);
    expect(
      readdirSync(path.dirname(folder)).filter((name) => name.startsWith(`.${path.basename(folder)}`)),
    ).toEqual([]);
    expect(await errorOf(() => loadFile(inFolder('none')))).toMatchObject({
      code: 'file',
      where: 'loadFile',
    });
    expect(await errorOf(() => loadFile(folder))).toMatchObject({ code: 'file', where: 'loadFile' });
  });

  it('of arguments and of what the file holds are clear', async () => {
    const model = make(1);
    const wrong: [() => Promise<unknown>, string, string][] = [
      [() => saveFile('', model), 'value', 'saveFile'],
      [() => saveFile(3 as never, model), 'value', 'saveFile'],
      [() => saveFile(inFolder('x'), {} as never), 'value', 'saveFile'],
      [
        () => saveFile(inFolder('x'), new LSTM({ inputSize: 1, hiddenSize: 1 }) as never),
        'value',
        'saveFile',
      ],
      [() => loadFile(undefined as never), 'value', 'loadFile'],
    ];
    for (const [action, code, where] of wrong) expect(await errorOf(action)).toMatchObject({ code, where });
    const file = inFolder('cut.safetensors');
    writeFileSync(file, model.save().subarray(0, 200));
    expect(await errorOf(() => loadFile(file))).toMatchObject({
      code: 'file',
      where: 'loadFile',
      expected: expect.stringContaining(file),
    });
    model.dispose();
    expect(await errorOf(() => saveFile(inFolder('x'), model))).toMatchObject({ code: 'disposed' });
  });
});
