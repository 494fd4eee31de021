/**
 * Steps that run only when their inputs changed.
 *
 * A stamp holds the hash of everything a step read (file contents, flags, this build
 * code) and the names of the files it made. The step is skipped while the hash is the
 * same and those files exist.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot, ROOT, STATE } from './paths.mjs';
import { seconds } from './process.mjs';

/** All files at or below the given paths (relative to the root), sorted. */
export function filesBelow(...places) {
  const visit = (place) => {
    if (!existsSync(place)) return [];
    if (!statSync(place).isDirectory()) return [place];
    return readdirSync(place).flatMap((name) => visit(path.join(place, name)));
  };
  return places.flatMap((place) => visit(inRoot(place))).sort();
}

function hash(files, facts) {
  const digest = createHash('sha256').update(JSON.stringify(facts));
  for (const file of [...filesBelow('bindings/build'), ...files]) {
    digest.update(`\0${path.relative(ROOT, file)}\0`).update(readFileSync(file));
  }
  return digest.digest('hex');
}

function readStamp(name) {
  try {
    return JSON.parse(readFileSync(path.join(STATE, `${name}.json`), 'utf8'));
  } catch {
    return { outputs: [] };
  }
}

const isFresh = (stamp, inputs) =>
  stamp.inputs === inputs && stamp.outputs.every((file) => existsSync(inRoot(file)));

/**
 * Runs `build` unless nothing changed. `files` are the absolute paths it reads, `facts`
 * whatever else decides its result. `build` returns the absolute paths it made; those
 * of its last run that it no longer makes are removed.
 */
export async function step(name, { files, facts }, build) {
  const inputs = hash(files, facts);
  const old = readStamp(name);
  if (isFresh(old, inputs)) {
    console.log(`build: ${name} is up to date`);
    return;
  }
  console.log(`build: ${name} ...`);
  const start = performance.now();
  const outputs = (await build()).map((file) => path.relative(ROOT, file));
  for (const stale of old.outputs.filter((file) => !outputs.includes(file)))
    rmSync(inRoot(stale), { force: true });
  mkdirSync(STATE, { recursive: true });
  writeFileSync(path.join(STATE, `${name}.json`), JSON.stringify({ inputs, outputs }, null, 1));
  console.log(`build: ${name} done in ${seconds(start)}`);
}
