/** Writes all of `exports.ts` into a folder, as files and, for `check_exports.py`, with inputs and what the library computes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { saveOnnx } from 'cellgate/onnx';
import { createServer } from 'vite';

const folder = process.argv[2];
const server = await createServer({
  server: { middlewareMode: true },
  ssr: { external: ['cellgate'] },
  logLevel: 'error',
});
const { exportsOf } = await server.ssrLoadModule(new URL('./exports.ts', import.meta.url).pathname);
mkdirSync(folder, { recursive: true });
const plain = (tensors) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, data: [...data] },
    ]),
  );
for (const [at, { name, module, x, expected, state }] of exportsOf().entries()) {
  writeFileSync(path.join(folder, `${at}.onnx`), saveOnnx(module, { state: state !== undefined }));
  const record = { name, inputs: plain({ x, ...state }), outputs: plain(expected) };
  writeFileSync(path.join(folder, `${at}.json`), JSON.stringify(record));
}
await server.close();
