/**
 * The site: `serve` with reload, `build` as static files into `out/docs`. The reference is made from the doc comments of
 * `ts/` first, which needs the built package in `dist/`. Figures are committed; `examples/figures` makes them.
 */
import { installPackages } from '../bindings/build/install.mjs';
import { inRoot } from '../bindings/build/paths.mjs';
import { BuildError, runScript } from '../bindings/build/process.mjs';

const vitepress = (command, ...args) =>
  runScript(inRoot('docs/node_modules/vitepress/bin/vitepress.js'), [command, inRoot('docs'), ...args]);

const COMMANDS = {
  serve: () => vitepress('dev', ...process.argv.slice(3)),
  build: () => vitepress('build'),
};

const command = COMMANDS[process.argv[2]];
if (!command) throw new Error(`one of ${Object.keys(COMMANDS).join(', ')}, not ${process.argv[2]}`);
installPackages(inRoot('docs'));
try {
  runScript(inRoot('docs/reference.mjs'), []);
  command();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
