/** Golden data in a page, which has no files: what `test/golden/read.ts` reads comes as text in one module. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const READER = '/test/golden/read.ts';
const FOLDERS = ['.', 'gradients', 'training'];

function casesOf(folder) {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return `[${files.sort().map((file) => readFileSync(path.join(folder, file), 'utf8'))}]`;
}

/** A plugin of Vite. */
export function goldenInPage() {
  return {
    name: 'golden-in-page',
    enforce: 'pre',
    load(id) {
      if (!id.endsWith(READER)) return undefined;
      const root = path.dirname(id);
      const texts = FOLDERS.map((folder) => [folder, casesOf(path.join(root, folder))]);
      // Text, because engines parse JSON faster than the same as a program.
      return `const texts = ${JSON.stringify(Object.fromEntries(texts))};
        export const readGolden = (folder) => JSON.parse(texts[folder]);`;
    },
  };
}
