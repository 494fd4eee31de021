import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const inRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

export default defineConfig({
  root: inRoot('explorer'),
  // Relative addresses: the built page works in any folder of any server.
  base: './',
  resolve: {
    alias: [
      { find: /^cellgate$/, replacement: inRoot('dist/browser/index.js') },
      { find: /^cellgate\/(\w+)$/, replacement: inRoot('dist/browser/$1.js') },
    ],
  },
  assetsInclude: ['**/*.safetensors'],
  build: {
    outDir: inRoot('out/explorer'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
  },
  worker: { format: 'es' },
  server: { fs: { allow: [inRoot('.')] } },
});
