/** The examples of the documentation: those of doc comments, and the blocks of code of README.md and of the site. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Where examples run: the files that they read lie here. */
export const FILES = path.join(ROOT, 'docs/files');

/** What can be done with a block: run it in Node and compile it, compile it for a page, or only name it. */
export type Use = 'run' | 'compile' | 'none';

export interface Example {
  /** `ts/lstm.ts:139` */
  place: string;
  /** What the fence says: `ts`, `ts browser`, `sh` ... */
  language: string;
  use: Use;
  source: string;
}

const USES: Readonly<Record<string, Use>> = {
  ts: 'run',
  js: 'run',
  'ts browser': 'compile',
  'js browser': 'compile',
  'ts worklet': 'compile',
  html: 'compile',
  javascript: 'none',
  json: 'none',
  python: 'none',
  sh: 'none',
  text: 'none',
};

/** The module script of a page, as if its import map had the package; lines stay where they are. */
function moduleScript(html: string): string {
  const [, before = '', script = ''] =
    /^([\s\S]*?<script type="module">)([\s\S]*?)<\/script>/.exec(html) ?? [];
  return (
    before.replace(/[^\n]/g, '') + script.replace('./node_modules/cellgate/dist/browser/index.js', 'cellgate')
  );
}

/** Fenced blocks, with the number of the line that their code begins on. */
function fencedBlocks(text: string): { line: number; language: string; source: string }[] {
  const blocks = text.matchAll(/^```(\S.*)\n([\s\S]*?)^```$/gm);
  return Array.from(blocks, ({ index, 1: language = '', 2: source = '' }) => ({
    line: text.slice(0, index).split('\n').length + 1,
    language,
    source: language === 'html' ? moduleScript(source) : source,
  }));
}

/** The text with all that is no doc comment, and their stars, taken out; lines stay where they are. */
function docComments(text: string): string {
  let isInside = false;
  return text
    .split('\n')
    .map((line) => {
      isInside ||= /^\s*\/\*\*/.test(line);
      const shown = isInside ? line.replace(/^\s*(?:\/\*\*|\*\/|\*) ?/, '') : '';
      if (line.includes('*/')) isInside = false;
      return shown;
    })
    .join('\n');
}

function examplesOf(file: string, text: string): Example[] {
  return fencedBlocks(text).map(({ line, language, source }) => {
    const place = `${file}:${line}`;
    const use = USES[language];
    if (use === undefined)
      throw new Error(`${place}: a block must be of ${Object.keys(USES)}, got ${language}`);
    return { place, language, use, source };
  });
}

/** Files below a folder, as paths from the root. */
function filesOf(folder: string, extension: string): string[] {
  const inFolder = readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const isOurs = (file: string): boolean =>
    file.endsWith(extension) && !/(^|\/)(node_modules|api)\//.test(file);
  return inFolder
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter(isOurs)
    .map((file) => `${folder}/${file}`)
    .sort();
}

/** All examples, in order of place. */
export function readExamples(): Example[] {
  const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
  return [
    ...filesOf('ts', '.ts').flatMap((file) => examplesOf(file, docComments(read(file)))),
    ...['README.md', ...filesOf('docs', '.md')].flatMap((file) => examplesOf(file, read(file))),
  ];
}
