/** The importers on files that are almost right: some thousands of each kind, and those that are kept. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { faultOf, fuzz } from '../fuzz/harness/fuzz.mjs';

const FOLDER = fileURLToPath(new URL('../fuzz', import.meta.url));
const INPUTS = 4000;
const SEED = 7;

const kinds = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
  .map((file) => path.basename(file, '.mjs'));
const targetOf = async (kind: string) => (await import(`../fuzz/${kind}.mjs`)).default;
const INPUTS_KEPT = path.join(FOLDER, 'inputs');
const kept = readdirSync(INPUTS_KEPT, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => path.relative(INPUTS_KEPT, path.join(parentPath, name)));

describe('importers', () => {
  it.each(kinds)('%s refuse or read whatever they are given', { timeout: 120_000 }, async (kind) => {
    const { failures } = await fuzz(await targetOf(kind), { inputs: INPUTS, seed: SEED });
    expect(failures.map(({ index, fault }) => `${index}: ${fault}`)).toEqual([]);
  });

  // Those in a folder `loads` are refused when they run, at the earliest.
  it.each(kept)('%s is refused', async (file) => {
    const bytes = new Uint8Array(readFileSync(path.join(INPUTS_KEPT, file)));
    const [kind, folder] = file.split(path.sep) as [string, string];
    const { fault } = await faultOf(await targetOf(kind), bytes, folder !== 'loads');
    expect(fault).toBeUndefined();
  });
});
