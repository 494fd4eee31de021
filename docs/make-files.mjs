/**
 * Makes `docs/files`, which the examples of the guide read, by running the Python blocks of its pages there:
 *
 *     CELLGATE_PYTHON=path/to/python node docs/make-files.mjs
 *
 * needs torch, onnx, onnxscript and keras, and shows what the blocks print, which stands in comments of the examples.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { inRoot } from '../bindings/build/paths.mjs';

const PAGES = ['docs/guide/importing.md'];

for (const page of PAGES) {
  const text = readFileSync(inRoot(page), 'utf8');
  for (const { index, 1: source } of text.matchAll(/^```python\n([\s\S]*?)^```$/gm)) {
    const line = text.slice(0, index).split('\n').length + 1;
    const printed = execFileSync(process.env.CELLGATE_PYTHON ?? 'python3', ['-c', source], {
      cwd: inRoot('docs/files'),
      env: { ...process.env, KERAS_BACKEND: 'torch' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    console.log(`${page}:${line} ${printed}`);
  }
}
