/** Runs the built command as a shell would. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../dist/node/cli.js', import.meta.url));
export const DATA = fileURLToPath(new URL('data/', import.meta.url));

export interface Result {
  code: number | null;
  out: string;
  /** The standard output as it came. */
  bytes: Buffer;
  err: string;
}

export interface Options {
  input?: string | Uint8Array;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Sent as soon as the standard error holds this text. */
  interruptAt?: RegExp;
}

export function cellgate(
  args: readonly string[],
  { input = '', env, cwd, interruptAt }: Options = {},
): Promise<Result> {
  const { NO_COLOR, FORCE_COLOR, ...plain } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, env: { ...plain, ...env } });
  const [out, err]: Buffer[][] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out?.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    err?.push(chunk);
    if (interruptAt?.test(Buffer.concat(err ?? []).toString())) child.kill('SIGINT');
  });
  // A command that does not read has closed its end.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      const bytes = Buffer.concat(out ?? []);
      resolve({ code, bytes, out: bytes.toString(), err: Buffer.concat(err ?? []).toString() });
    });
  });
}

/** A folder that is gone after the test. */
export function folder(): string {
  const name = mkdtempSync(path.join(tmpdir(), 'cellgate-cli-'));
  onTestFinished(() => rmSync(name, { recursive: true, force: true }));
  return name;
}
