/**
 * Runs and compiles every example of the documentation against the built package. A comment behind
 * `console.log(...);` is what it prints.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Example, FILES, ROOT, readExamples } from './examples.js';

const ALL = readExamples();
const RUN = ALL.filter(({ use }) => use === 'run');
const COMPILED = ALL.filter(({ use }) => use !== 'none');
/** Those of pages are compiled only. */
const NOT_RUN = ALL.filter(({ use }) => use !== 'run');

const { exports } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  exports: Record<string, { types?: string; node?: string }>;
};
/** Everything that can be imported: its declarations, and its module. */
const ENTRIES = Object.values(exports).flatMap(({ types, node }) =>
  types && node ? [{ types: path.join(ROOT, types), module: path.join(ROOT, node) }] : [],
);

/** What an AudioWorklet has and `lib.dom.d.ts` lacks. */
const WORKLET = `
  declare class AudioWorkletProcessor { readonly port: MessagePort; }
  declare function registerProcessor(name: string, processor: new (options: never) => AudioWorkletProcessor): void;`;

const PRINTS = `
  import { format } from 'node:util';
  export function prints(expected, ...values) {
    const text = format(...values).replace(/\\s+/g, ' ');
    if (text !== expected) throw new Error('prints ' + text + ', not ' + expected);
  }`;

/** Runs its arguments, files of modules, each in a thread of its own; writes what went wrong in each. */
const DRIVER = `
  import { Worker } from 'node:worker_threads';
  const faults = [];
  for (const file of process.argv.slice(2)) {
    const worker = new Worker(file, { stdout: true });
    worker.stdout.resume();
    faults.push(await new Promise((resolve) => {
      worker.on('error', (error) => resolve(String(error.stack)));
      worker.on('exit', () => resolve(''));
    }));
  }
  process.stdout.write(JSON.stringify(faults));`;

/** The example as a module for Node, with its comments on output turned into checks. Lines stay where they are. */
function runnable({ source }: Example): string {
  const checked = source.replace(
    /^(\s*(?:if \(.*\) )?)console\.log\((.*)\); \/\/ (.*)$/gm,
    (_, lead, values, expected) => `${lead}prints(${JSON.stringify(expected)}, ${values});`,
  );
  const { outputText } = ts.transpileModule(checked, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  return `import { prints } from './prints.mjs'; ${outputText}`;
}

/**
 * What went wrong in each example, run in a folder of the package, where `cellgate` is the package itself, beside a copy of
 * the files that examples read.
 */
async function runAll(): Promise<string[]> {
  mkdirSync(path.join(ROOT, 'out'), { recursive: true });
  const folder = mkdtempSync(path.join(ROOT, 'out/examples-'));
  try {
    const write = (name: string, module: string): string => {
      const file = path.join(folder, name);
      writeFileSync(file, module);
      return file;
    };
    write('prints.mjs', PRINTS);
    const driver = write('driver.mjs', DRIVER);
    const files = RUN.map((example, index) => write(`${index}.mjs`, runnable(example)));
    const cwd = path.join(folder, 'files');
    cpSync(FILES, cwd, { recursive: true });
    const { stdout } = await promisify(execFile)(process.execPath, [driver, ...files], { cwd });
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A program of all examples and the package's declarations, as a user's compiler sees them. */
function compile(): ts.Program {
  const options: ts.CompilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
  };
  const files = new Map([
    ...COMPILED.map(({ source }, index) => [path.join(ROOT, `example-${index}.ts`), source] as const),
    [path.join(ROOT, 'worklet.d.ts'), WORKLET],
  ]);
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.getSourceFile = (file, language, ...rest) => {
    const source = files.get(file);
    return source === undefined
      ? getSourceFile(file, language, ...rest)
      : ts.createSourceFile(file, source, language);
  };
  return ts.createProgram([...files.keys(), ...ENTRIES.map(({ types }) => types)], options, host);
}

describe('the documentation', () => {
  let faults: string[] = [];
  beforeAll(async () => {
    faults = await runAll();
  }, 60_000);

  it.each(RUN.map(({ place }, index) => ({ place, index })))(
    'has an example that runs: $place',
    ({ index }) => {
      expect(faults[index]).toBe('');
    },
  );

  it.skip.each(NOT_RUN)('has a block that Node does not run: $place ($language)', () => {});

  it('has examples that compile, and one for every public name', { timeout: 60_000 }, async () => {
    const program = compile();
    const text = ({ file, start = 0, messageText }: ts.Diagnostic): string => {
      const example = COMPILED[Number(/example-(\d+)\.ts$/.exec(file?.fileName ?? '')?.[1])];
      const line = file?.getLineAndCharacterOfPosition(start).line;
      return `${example?.place ?? file?.fileName} + ${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    };
    expect(ts.getPreEmitDiagnostics(program).map(text)).toEqual([]);

    const checker = program.getTypeChecker();
    const names: { name: string; isComplete: boolean }[] = [];
    for (const { types, module } of ENTRIES) {
      const values: object = await import(pathToFileURL(module).href);
      const entry = program.getSourceFile(types) ?? expect.fail(`no ${types}`);
      const symbols = checker.getSymbolAtLocation(entry) ?? expect.fail(`${types} is no module`);
      for (const alias of checker.getExportsOfModule(symbols)) {
        const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias;
        const isDescribed = symbol.getDocumentationComment(checker).length > 0;
        const hasExample = symbol.getJsDocTags(checker).some(({ name }) => name === 'example');
        const isComplete = isDescribed && (hasExample || !(alias.name in values));
        names.push({ name: `${path.basename(module, '.js')}: ${alias.name}`, isComplete });
      }
    }
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter(({ isComplete }) => !isComplete)).toEqual([]);
  });
});
