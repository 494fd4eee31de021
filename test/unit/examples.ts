/** The examples of the documentation: those of doc comments, and the blocks of code of README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Example {
  /** `ts/lstm.ts:139` */
  place: string;
  source: string;
}

/** Fenced blocks that Node can run, with the number of the line that their code begins on. */
function fencedBlocks(text: string): { line: number; source: string }[] {
  const blocks = text.matchAll(/^```(?:js|ts)\n([\s\S]*?)^```$/gm);
  return Array.from(blocks, ({ index, 1: source = '' }) => ({
    line: text.slice(0, index).split('\n').length + 1,
    source,
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
  return fencedBlocks(text).map(({ line, source }) => ({ place: `${file}:${line}`, source }));
}

/** All examples, in order of place. */
export function readExamples(): Example[] {
  const sources = readdirSync(path.join(ROOT, 'ts'), { recursive: true, encoding: 'utf8' });
  const files = sources.filter((file) => file.endsWith('.ts')).sort();
  const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
  return [
    ...files.flatMap((file) => examplesOf(`ts/${file}`, docComments(read(`ts/${file}`)))),
    ...examplesOf('README.md', read('README.md')),
  ];
}
