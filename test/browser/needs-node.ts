/** What of the contract cannot be tested in a page, and why. The report of the tests shows it as skipped. */

/** Whole files. */
export const FILES_FOR_NODE: Record<string, string> = {
  'test/contract/program.test.ts': 'starts programs of its own',
};

const MEMORY = 'how much memory a page holds, and when its garbage is collected, only the browser knows';
const ONE_MODULE = 'a page runs one WebAssembly module for good';

/** Tests by file: what their full names begin with. */
const TESTS_FOR_NODE: Record<string, Record<string, string>> = {
  'test/contract/backend.test.ts': {
    'init > switches to the other backend': ONE_MODULE,
    'init > leaves modules and streams that exist where they are': ONE_MODULE,
    'init > gives both backends the same first weights': ONE_MODULE,
    'init > takes a tensor made under another backend': ONE_MODULE,
  },
  'test/contract/fit-course.test.ts': { 'memory > ': MEMORY },
  'test/contract/gradient-flow.test.ts': { 'memory > ': MEMORY },
  'test/contract/lifetime.test.ts': {
    'RNN > keeps memory flat': MEMORY,
    'RNN > gives its memory back': MEMORY,
    'RNN > uses the memory of layers that are gone': MEMORY,
    'GRU > keeps memory flat': MEMORY,
    'GRU > gives its memory back': MEMORY,
    'GRU > uses the memory of layers that are gone': MEMORY,
    'LSTM > keeps memory flat': MEMORY,
    'LSTM > gives its memory back': MEMORY,
    'LSTM > uses the memory of layers that are gone': MEMORY,
    'modules > that were forgotten are freed': MEMORY,
  },
};

/** Why a test is left out; undefined for one that is not. */
export function reasonToSkip(file: string, test: string): string | undefined {
  const listed = Object.entries(TESTS_FOR_NODE[file] ?? {});
  return listed.find(([beginning]) => test.startsWith(beginning))?.[1];
}
