/** Chromium: pages, workers and worklets that load the package as it is, without a bundler. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Agreement, entries, expectAgreement, project } from './project.js';
import { html, type Reply, resultOf, type Site, serve, useChromium } from './site.js';

const ENTRIES = '/node_modules/cellgate/dist/browser';
const addresses = entries.map(([name, file]) => [name, `/node_modules/cellgate/${file.slice(2)}`]);
const imports = Object.fromEntries(addresses);
const IMPORT_MAP = `<script type="importmap">${JSON.stringify({ imports })}</script>`;

/** Leaves what agreement.js gives as the result, with an entry that needs `init` or not. */
const agreementOf = (entry: string, init = 'await cellgate.init();') => `
  import * as cellgate from '${entry}';
  import { agreement } from '/agreement.js';
  globalThis.result = (async () => { ${init} return agreement(cellgate); })();`;

const worker = (body: string): Reply => ({ type: 'text/javascript', body });

const CSP = { 'content-security-policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" };

const replies: Record<string, Reply> = {
  '/plain.html': html(agreementOf('cellgate'), IMPORT_MAP),
  '/inference.html': html(agreementOf('cellgate', 'await cellgate.init({ training: false });'), IMPORT_MAP),
  '/inline.html': html(agreementOf('cellgate/inline', ''), IMPORT_MAP),
  // One of them has WebAssembly inside, which then runs for all.
  '/entries.html': html(
    `const names = ${JSON.stringify(Object.keys(imports))};
     globalThis.result = Promise.all(names.map((name) => import(name))).then(async (modules) => {
       const { agreement } = await import('/agreement.js');
       return { ...agreement(modules[0]), empty: names.filter((_, at) => Object.keys(modules[at]).length === 0) };
     });`,
    IMPORT_MAP,
  ),
  '/policy.js': worker(agreementOf(`${ENTRIES}/index.js`)),
  '/policy.html': {
    headers: CSP,
    body: '<!doctype html><title>cellgate</title><script type="module" src="/policy.js"></script>',
  },
  '/worker.js': worker(`${agreementOf(`${ENTRIES}/index.js`)} postMessage(await globalThis.result);`),
  '/worker.html': html(`
    globalThis.result = new Promise((resolve, reject) => {
      const worker = new Worker('/worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });`),
  // A service worker answers requests; its first event may come as soon as its script has run.
  '/service-worker.js': worker(`
    import * as cellgate from '${ENTRIES}/inline.js';
    import { agreement } from '/agreement.js';
    addEventListener('activate', (event) => event.waitUntil(clients.claim()));
    addEventListener('fetch', (event) => {
      if (new URL(event.request.url).pathname !== '/forecast') return;
      event.respondWith(Response.json(agreement(cellgate)));
    });`),
  '/service-worker.html': html(`
    globalThis.result = (async () => {
      await navigator.serviceWorker.register('/service-worker.js', { type: 'module' });
      await navigator.serviceWorker.ready;
      if (!navigator.serviceWorker.controller) {
        await new Promise((resolve) => { navigator.serviceWorker.oncontrollerchange = resolve; });
      }
      return (await fetch('/forecast')).json();
    })();`),
};

describe('Chromium', () => {
  const chromium = useChromium();
  let site: Site;
  beforeAll(async () => {
    site = await serve(project, replies);
  });
  afterAll(() => site.close());

  async function visit(name: string): Promise<{ result: Agreement; modules: string[] }> {
    const page = await chromium.open();
    const before = site.requests.length;
    const result = await resultOf<Agreement>(page, `${site.origin}/${name}.html`);
    expect(await page.evaluate('crossOriginIsolated')).toBe(false);
    const modules = site.requests.slice(before).filter((file) => file.endsWith('.wasm'));
    return { result, modules: modules.map((file) => file.replace(/^.*\//, '')) };
  }

  it('runs a plain page with an import map', async () => {
    const { result, modules } = await visit('plain');
    expectAgreement(result, 'wasm', 'relaxed');
    expect(modules).toEqual(['relaxed.wasm']);
  });

  it('loads half as much without training', async () => {
    const { result, modules } = await visit('inference');
    expectAgreement(result, 'wasm', 'relaxed');
    expect(modules).toEqual(['relaxed-inference.wasm']);
  });

  it('runs a page with WebAssembly inside the script', async () => {
    const { result, modules } = await visit('inline');
    expectAgreement(result, 'wasm', 'simd128');
    expect(modules).toEqual([]);
  });

  it('loads every entry, which share one backend', async () => {
    const { result, modules } = await visit('entries');
    expectAgreement(result, 'wasm', 'simd128');
    expect(result).toMatchObject({ empty: [] });
    expect(modules).toEqual([]);
  });

  it("runs under a policy that allows 'wasm-unsafe-eval' alone", async () => {
    expectAgreement((await visit('policy')).result, 'wasm');
  });

  it('runs in a Web Worker', async () => {
    expectAgreement((await visit('worker')).result, 'wasm');
  });

  it('runs in a service worker', async () => {
    expectAgreement((await visit('service-worker')).result, 'wasm', 'simd128');
  });
});
