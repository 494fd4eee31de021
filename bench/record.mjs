/** Records: what a run found, with machine, versions and commit, as JSON under results/. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const RESULTS = new URL('results/', import.meta.url);

/** Fewer rounds are a trial, not a record. */
export const RECORDED_ROUNDS = 15;

export const readRecord = (file) => JSON.parse(readFileSync(file, 'utf8'));

export function writeJson(file, record) {
  writeFileSync(file, `${JSON.stringify(record, null, 1)}\n`);
}

/**
 * Writes `results/<suite>-<kind of machine>-<commit>.json`. A record is never overwritten: a further one of the same commit
 * gets a number.
 */
export function keepRecord(suite, record) {
  const { kind, commit } = record.machine;
  mkdirSync(RESULTS, { recursive: true });
  for (let number = 1; ; number++) {
    const name = `${suite}-${kind}-${commit}${number > 1 ? `-${number}` : ''}.json`;
    const url = new URL(name, RESULTS);
    if (existsSync(url)) continue;
    writeJson(url, record);
    console.error(`recorded in bench/results/${name}`);
    return fileURLToPath(url);
  }
}

/** The latest results of an engine on this kind of machine, of every work, marked with the commit they are of. */
export function recordedResults(suite, engine, kind) {
  const records = readdirSync(RESULTS)
    .filter((file) => file.startsWith(`${suite}-`))
    .map((file) => readRecord(new URL(file, RESULTS)))
    .filter(({ machine, results }) => machine.kind === kind && results.some((own) => own.engine === engine))
    .sort((a, b) => a.date.localeCompare(b.date));
  const { machine, results = [] } = records.at(-1) ?? {};
  return results
    .filter((result) => result.engine === engine && !result.recorded)
    .map((result) => ({ ...result, recorded: machine.commit }));
}
