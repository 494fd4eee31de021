/** The project that the package is installed in, and the tools beside these tests. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, inject } from 'vitest';

export const project = inject('project');
export const tarball = inject('tarball');

/** A file of a package that is installed beside these tests. */
export const tool = (...parts: string[]): string =>
  fileURLToPath(new URL(path.posix.join('node_modules', ...parts), import.meta.url));

/** Whether a binary of a package that exists for some platforms only is there. */
export const hasTool = (...parts: string[]): boolean => existsSync(tool(...parts));

/** Runs a program in the project, without what this process was told about backends. */
export function run(command: string, args: string[], options: { cwd?: string; env?: object } = {}): string {
  const { CELLGATE_BACKEND, CELLGATE_ISA, CELLGATE_NATIVE_PATH, NODE_OPTIONS, ...env } = process.env;
  return execFileSync(command, args, {
    cwd: project,
    encoding: 'utf8',
    stdio: 'pipe',
    ...options,
    env: { ...env, NO_COLOR: '1', ...options.env },
  });
}

const { exports } = JSON.parse(
  readFileSync(path.join(project, 'node_modules/cellgate/package.json'), 'utf8'),
);

/** Names of the entries with their files for pages, such as `['cellgate/onnx', './dist/browser/onnx.js']`. */
export const entries: [name: string, file: string][] = Object.entries<{ types?: string; default: string }>(
  exports,
)
  .filter(([, { types }]) => types !== undefined)
  .map(([name, { default: file }]) => [name.replace('.', 'cellgate'), file]);

/** Names of those that are started as a script, not imported, and so have no types: `./worker-script`. */
export const scripts = Object.keys(exports).filter((name) => String(exports[name]).endsWith('.js'));

/** What `agreement.js` gives. */
export interface Agreement {
  kind: string;
  isa: string;
  tried: { kind: string; reason: string }[];
  difference: number;
}

/** PyTorch's numbers to 1e-5, on this backend. */
export function expectAgreement(result: Agreement, kind: string, isa?: string): void {
  expect(result).toMatchObject(isa === undefined ? { kind } : { kind, isa });
  expect(result.difference, JSON.stringify(result)).toBeLessThan(1e-5);
}
