/**
 * Runs and compiles every example of the documentation against the built package. A comment behind
 * `console.log(...);` is what it prints.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import * as cellgate from 'cellgate';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { type Example, ROOT, readExamples } from './examples.js';

const EXAMPLES = readExamples();
const ENTRY = path.join(ROOT, 'dist/entry/node.d.ts');

/** On one line, so that errors keep their line numbers. */
const PRELUDE = [
  `import { format } from 'node:util';`,
  'function prints(expected, ...values) {',
  `const text = format(...values).replace(/\\s+/g, ' ');`,
  `if (text !== expected) throw new Error('prints ' + text + ', not ' + expected);`,
  '}',
].join(' ');

/** The example as a module for Node, with its comments on output turned into checks. */
function runnable({ source }: Example): string {
  const checked = source.replace(
    /^(\s*(?:if \(.*\) )?)console\.log\((.*)\); \/\/ (.*)$/gm,
    (_, lead, values, expected) => `${lead}prints(${JSON.stringify(expected)}, ${values});`,
  );
  const { outputText } = ts.transpileModule(checked, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  return `${PRELUDE} ${outputText}`;
}

/** Runs a module in the package's root, where `cellgate` is the package itself. Gives what it complains of. */
function run(module: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module'], { cwd: ROOT });
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    child.stdout.resume();
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0 ? complaints : complaints || `exit code ${code}`));
    child.stdin.end(module);
  });
}

/** A program of all examples and the package's declarations, as a user's compiler sees them. */
function compile(): ts.Program {
  const options: ts.CompilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
    lib: ['lib.es2022.d.ts'],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
  };
  const files = new Map(
    EXAMPLES.map(({ source }, index) => [path.join(ROOT, `example-${index}.ts`), source]),
  );
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
  return ts.createProgram([...files.keys(), ENTRY], options, host);
}

describe('the documentation', () => {
  it.each(EXAMPLES)('has an example that runs: $place', async (example) => {
    expect(await run(runnable(example))).toBe('');
  });

  it('has examples that compile, and one for every public name', { timeout: 30_000 }, () => {
    const program = compile();
    const text = ({ file, start = 0, messageText }: ts.Diagnostic): string => {
      const example = EXAMPLES[Number(/example-(\d+)\.ts$/.exec(file?.fileName ?? '')?.[1])];
      const line = file?.getLineAndCharacterOfPosition(start).line;
      return `${example?.place ?? file?.fileName} + ${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    };
    expect(ts.getPreEmitDiagnostics(program).map(text)).toEqual([]);

    const checker = program.getTypeChecker();
    const entry = program.getSourceFile(ENTRY) ?? expect.fail(`no ${ENTRY}`);
    const module = checker.getSymbolAtLocation(entry) ?? expect.fail('no module');
    const names = checker.getExportsOfModule(module).map((alias) => {
      const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias;
      const isDescribed = symbol.getDocumentationComment(checker).length > 0;
      const hasExample = symbol.getJsDocTags(checker).some(({ name }) => name === 'example');
      return { name: alias.name, isComplete: isDescribed && (hasExample || !(alias.name in cellgate)) };
    });
    expect(names.length).toBeGreaterThan(20);
    expect(names.filter(({ isComplete }) => !isComplete)).toEqual([]);
  });
});
