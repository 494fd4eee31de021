/** The package as tools see it: checkers of manifests and types, and what bundlers leave out. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { entries, project, run, scripts, tarball, tool } from './project.js';

describe('the manifest', () => {
  it('passes publint', () => {
    const report = run(process.execPath, [tool('publint/src/cli.js'), 'run', tarball, '--strict']);
    expect(report).not.toMatch(/Warnings|Errors/);
  });

  it('has types for every entry, by @arethetypeswrong/cli', () => {
    const options = ['--profile', 'esm-only', '--exclude-entrypoints', ...scripts, '--format', 'json'];
    const { analysis } = JSON.parse(
      run(process.execPath, [tool('@arethetypeswrong/cli/dist/index.js'), tarball, ...options]),
    );
    const modes = ['node16-esm', 'bundler'];
    const problems = analysis.problems.filter(({ resolutionKind }: { resolutionKind?: string }) =>
      modes.includes(resolutionKind ?? 'bundler'),
    );
    expect(problems).toEqual([]);
    for (const [name] of entries) {
      const { resolutions } = analysis.entrypoints[name.replace('cellgate', '.')];
      const typed = modes.filter((mode) => resolutions[mode].resolution?.isTypeScript);
      expect(typed, name).toEqual(modes);
    }
  });
});

describe('tree-shaking', () => {
  /** Words in functions of parts that a page may do without. */
  const PARTS = {
    'reading files': 'bytes must hold a header',
    'saving and loading': 'architecture must be a list of layers',
    fit: 'y holds values that are not finite',
    models: 'layers must be',
  };

  function bundle(program: string): string {
    writeFileSync(path.join(project, 'shaken.js'), program);
    return run(process.execPath, [tool('esbuild/bin/esbuild'), 'shaken.js', '--bundle', '--format=esm']);
  }

  it('leaves out of a page what it does not use', () => {
    const whole = bundle(`export * from 'cellgate';`);
    const small = bundle(`
      import { init, LSTM } from 'cellgate';
      await init({ training: false });
      console.log(new LSTM({ inputSize: 1, hiddenSize: 2 }).stream());`);
    for (const [part, word] of Object.entries(PARTS)) {
      expect(whole.includes(word), `${part} in the whole`).toBe(true);
      expect(small.includes(word), part).toBe(false);
    }
    expect(small.length / whole.length).toBeLessThan(0.7);
  });
});
