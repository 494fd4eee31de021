/** The TypeScript sources, compiled file by file into `dist/`. */
import path from 'node:path';
import { DIST, inRoot, packageScript } from './paths.mjs';
import { runScript } from './process.mjs';
import { filesBelow, step } from './step.mjs';

const ENDINGS = ['.js', '.js.map', '.d.ts', '.d.ts.map'];

const outputsOf = (source) => {
  const base = path.join(DIST, path.relative(inRoot('ts'), source)).replace(/\.ts$/, '');
  return ENDINGS.map((ending) => base + ending);
};

export function buildTypeScript() {
  const sources = filesBelow('ts').filter((file) => file.endsWith('.ts'));
  // The adapters are checked against the declarations that the binding tools generate.
  const declarations = filesBelow('dist/wasm/cellgate.d.ts', 'dist/native/cellgate.d.ts');
  const settings = filesBelow(
    'tsconfig.json',
    'node_modules/typescript/package.json',
    'node_modules/@types/node/package.json',
  );
  step('typescript', { files: [...sources, ...declarations, ...settings], facts: {} }, () => {
    runScript(packageScript('typescript/bin/tsc'), ['--project', inRoot('tsconfig.json')]);
    return sources.flatMap(outputsOf);
  });
}
