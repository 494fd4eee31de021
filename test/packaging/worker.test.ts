/** Training in a worker of the packed package: on a plain page, behind bundlers that know workers, and under policies. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { project, run, tool } from './project.js';
import { html, type Reply, resultOf, serve, useChromium } from './site.js';

interface Outcome {
  /** The epochs, or the code of the error. */
  outcome: number | string;
  /** Whether the weights are those that training on the page itself gives. */
  isSame: boolean;
}

const PROGRAM = `
  import { GRU, init, Linear, Sequential, tensor } from 'cellgate';
  import { fitInWorker } from 'cellgate/worker';

  const make = () => new Sequential([
    new GRU({ inputSize: 1, hiddenSize: 4, seed: 1 }),
    new Linear({ inputSize: 4, outputSize: 1, seed: 2 }),
  ]);
  const weightsOf = (model) => Object.values(model.stateDict()).map(({ data }) => data.join()).join();
  const train = async () => {
    await init();
    const data = { x: tensor([[[1], [2]], [[3], [4]]]), y: tensor([[3], [7]]) };
    const options = { loss: 'mse', epochs: 3 };
    const [inWorker, inPage] = [make(), make()];
    const outcome = await fitInWorker(inWorker, data, options).then(({ epochs }) => epochs, ({ code }) => code);
    await inPage.fit(data, options);
    return { outcome, isSame: weightsOf(inWorker) === weightsOf(inPage) };
  };
  globalThis.result = train();`;

const MAP = `<script type="importmap">{ "imports": {
  "cellgate": "/node_modules/cellgate/dist/browser/index.js",
  "cellgate/worker": "/node_modules/cellgate/dist/browser/worker.js"
} }</script>`;

const DONE: Outcome = { outcome: 3, isSame: true };

describe('training in a worker', () => {
  const chromium = useChromium();

  async function visit(folder: string, replies: Record<string, Reply> = {}): Promise<Outcome> {
    const site = await serve(folder, replies);
    const page = await chromium.open();
    try {
      return await resultOf<Outcome>(page, `${site.origin}/`);
    } finally {
      await page.close();
      await site.close();
    }
  }

  const onPage = (policy?: string): Promise<Outcome> => {
    const headers = policy === undefined ? {} : { 'content-security-policy': policy };
    return visit(project, { '/': { ...html(PROGRAM, MAP), headers } });
  };

  it('runs on a plain page', async () => {
    expect(await onPage()).toEqual(DONE);
  });

  it('needs worker-src of a policy, and is refused without it', async () => {
    const scripts = "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'";
    expect(await onPage(scripts)).toEqual(DONE);
    expect(await onPage(`${scripts}; worker-src 'none'`)).toEqual({ outcome: 'worker', isSame: false });
  });

  it.each([
    ['Vite', 'vite/bin/vite.js', ['build', '--base', './']],
    ['webpack', 'webpack-cli/bin/cli.js', ['--mode', 'production']],
    ['Rspack', '@rspack/cli/bin/rspack.js', ['build', '--mode', 'production']],
  ])('runs behind %s', async (name, script, args) => {
    const folder = path.join(project, `worker-${name}`);
    mkdirSync(path.join(folder, 'src'), { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module", "private": true }');
    writeFileSync(path.join(folder, 'src/index.js'), PROGRAM);
    const page = (source: string): string =>
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>cellgate</title><script type="module" src="${source}"></script></html>`;
    writeFileSync(path.join(folder, 'index.html'), page('./src/index.js'));
    run(process.execPath, [tool(script), ...args], { cwd: folder, env: { NODE_ENV: 'production' } });
    const out = path.join(folder, 'dist');
    if (name !== 'Vite') writeFileSync(path.join(out, 'index.html'), page('main.js'));
    expect(await visit(out)).toEqual(DONE);
  });
});
