// Serves the page, and the built package under /cellgate/:
//
//     node examples/audio-worklet/serve.mjs [PORT]

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PACKAGE = fileURLToPath(new URL('../../dist/browser/', import.meta.url));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.map': 'application/json' };

/** The file of an address; the address has no dots that lead out of the folder, which `URL` has taken away. */
function fileOf(address) {
  const { pathname } = new URL(address, 'http://localhost');
  if (pathname.startsWith('/cellgate/')) return path.join(PACKAGE, pathname.slice('/cellgate'.length));
  return path.join(HERE, pathname === '/' ? 'index.html' : pathname);
}

/** @returns the server, which listens */
export async function serve(port = 0) {
  const server = createServer(async ({ url }, response) => {
    const file = fileOf(url);
    try {
      const body = await readFile(file);
      response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve, reject) => server.listen(port, '127.0.0.1', resolve).once('error', reject));
  return server;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const server = await serve(Number(process.argv[2] ?? 8080));
  console.log(`http://localhost:${server.address().port}/`);
}
