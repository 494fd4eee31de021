/// <reference types="vite/types/importMeta.d.ts" />
/** Before each file of tests in a page: loads the artefact, and leaves out what needs Node. */
import { type InitOptions, init } from 'cellgate';
import { beforeEach } from 'vitest';
import { reasonToSkip } from './needs-node.js';

await init({ isa: import.meta.env.CELLGATE_ISA as InitOptions['isa'] });

beforeEach(({ task, skip }) => {
  const reason = reasonToSkip(task.file.name, task.fullTestName);
  if (reason !== undefined) skip(reason);
});
