/** The TypeScript sources, compiled file by file into `dist/`; its entries become one file each. */
import path from 'node:path';
import { DIST, inRoot, packageScript } from './paths.mjs';
import { runScript } from './process.mjs';
import { filesBelow, step } from './step.mjs';

const ENDINGS = ['.js', '.js.map', '.d.ts', '.d.ts.map'];

const outputsOf = (source) => {
  const base = path.join(DIST, path.relative(inRoot('ts'), source)).replace(/\.ts$/, '');
  return ENDINGS.map((ending) => base + ending);
};

/**
 * In the entry's place, so that the addresses of the WebAssembly files stay right. Node starts from one file several times
 * as fast as from thirty; what a page downloads is minified as well.
 */
function bundle(name, ...options) {
  const entry = path.join(DIST, `entry/${name}.js`);
  const args = [
    entry,
    '--file',
    entry,
    '--format',
    'esm',
    '--sourcemap',
    '--log-level',
    'silent',
    ...options,
  ];
  runScript(packageScript('rolldown/bin/cli.mjs'), args);
}

export function buildTypeScript() {
  const sources = filesBelow('ts').filter((file) => file.endsWith('.ts'));
  // The adapters are checked against the declarations that the binding tools generate.
  const declarations = filesBelow('dist/wasm/cellgate.d.ts', 'dist/native/cellgate.d.ts');
  const glue = filesBelow('dist/wasm/cellgate.js');
  const settings = filesBelow(
    'tsconfig.json',
    'node_modules/typescript/package.json',
    'node_modules/@types/node/package.json',
    'node_modules/rolldown/package.json',
  );
  step('typescript', { files: [...sources, ...declarations, ...glue, ...settings], facts: {} }, () => {
    runScript(packageScript('typescript/bin/tsc'), ['--project', inRoot('tsconfig.json')]);
    bundle('browser', '--minify');
    bundle('node', '--platform', 'node');
    return sources.flatMap(outputsOf);
  });
}
