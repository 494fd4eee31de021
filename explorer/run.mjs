/**
 * The page that opens the cell: `serve` with reload, `build` as static files into `out/explorer`, `types` checks its sources,
 * `screenshot` takes the picture of the README. Needs the built package in `dist/`.
 */

import { installPackages } from '../bindings/build/install.mjs';
import { inRoot, packageScript } from '../bindings/build/paths.mjs';
import { BuildError, runScript } from '../bindings/build/process.mjs';

const vite = inRoot('explorer/node_modules/vite/bin/vite.js');
const config = ['--config', inRoot('explorer/vite.config.js')];

const COMMANDS = {
  serve: () => runScript(vite, ['dev', ...config, ...process.argv.slice(3)]),
  build: () => runScript(vite, ['build', ...config, '--logLevel', 'warn']),
  screenshot: () => {
    COMMANDS.build();
    runScript(inRoot('explorer/screenshot.mjs'), []);
  },
  types: () => runScript(packageScript('typescript/bin/tsc'), ['--project', inRoot('explorer')]),
};

const command = COMMANDS[process.argv[2]];
if (!command) throw new Error(`one of ${Object.keys(COMMANDS).join(', ')}, not ${process.argv[2]}`);
installPackages(inRoot('explorer'));
try {
  command();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
