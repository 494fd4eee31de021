/** Makes the project that all packaging tests share, and installs what they need beside it. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { installPackages } from '../../bindings/build/install.mjs';
import golden from '../golden/torch-lstm-plain.json' with { type: 'json' };
import { packAndInstall } from './packed.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the project. */
    project: string;
    tarball: string;
  }
}

const here = (name = '.'): string => fileURLToPath(new URL(name, import.meta.url));

export default function setup({ provide }: TestProject): () => void {
  installPackages(here());
  const project = mkdtempSync(path.join(tmpdir(), 'cellgate-packaging-'));
  const { tarball } = packAndInstall(project);
  copyFileSync(here('agreement.js'), path.join(project, 'agreement.js'));
  writeFileSync(path.join(project, 'golden.js'), `export default ${JSON.stringify(golden)};`);
  provide('project', project);
  provide('tarball', tarball);
  return () => rmSync(project, { recursive: true, force: true });
}
