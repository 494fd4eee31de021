/** What is left of the package in a page's bundle. */

import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ENTRY = fileURLToPath(new URL('../../dist/browser/index.js', import.meta.url));
const PROGRAM = 'program';

/** @param {string} program imports `cellgate` @returns {Promise<string>} the script that a production build makes of it */
export async function bundled(program) {
  const build = await rolldown({
    input: PROGRAM,
    platform: 'browser',
    tsconfig: false,
    plugins: [
      {
        name: 'program',
        resolveId: (id) => ({ [PROGRAM]: PROGRAM, cellgate: ENTRY })[id] ?? null,
        load: (id) => (id === PROGRAM ? program : null),
      },
    ],
  });
  const { output } = await build.generate({ minify: true });
  await build.close();
  return output[0].code;
}
