/** The importers on files that are almost right: some thousands of each kind, and those that are kept. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { faultOf, fuzz } from '../fuzz/harness/fuzz.mjs';

const FOLDER = fileURLToPath(new URL('../fuzz', import.meta.url));
const INPUTS = 2000;
const SEED = 7;

const kinds = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => path.basename(file, '.mjs'));
const targetOf = async (kind: string) => (await import(`../fuzz/${kind}.mjs`)).default;
const kept = readdirSync(path.join(FOLDER, 'inputs'), { recursive: true, withFileTypes: true }).filter(
  (entry) => entry.isFile(),
);

describe('importers', () => {
  it.each(kinds)('%s refuse or read whatever they are given', { timeout: 120_000 }, async (kind) => {
    const { failures } = await fuzz(await targetOf(kind), { inputs: INPUTS, seed: SEED });
    expect(failures.map(({ index, fault }) => `${index}: ${fault}`)).toEqual([]);
  });

  it.each(
    kept.map(({ parentPath, name }) => [`${path.basename(parentPath)} ${name}`, parentPath, name] as const),
  )('%s is refused or read', async (_, folder, name) => {
    const bytes = new Uint8Array(readFileSync(path.join(folder, name)));
    const { fault } = await faultOf(await targetOf(path.basename(folder)), bytes);
    expect(fault).toBeUndefined();
  });
});
