/** A static server for the project, on this machine alone, and a Chromium that visits it. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { launchChromium } from '../browser/chromium.mjs';

/** What is served in place of a file. */
export interface Reply {
  type?: string;
  headers?: Record<string, string>;
  status?: number;
  body: string | Uint8Array;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

export interface Site {
  readonly origin: string;
  /** Paths, in the order in which they were asked for. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Serves a folder, with `replies` by path in front of it. */
export async function serve(folder: string, replies: Record<string, Reply> = {}): Promise<Site> {
  const requests: string[] = [];
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    requests.push(pathname);
    const file = path.join(folder, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    try {
      const reply = replies[pathname] ?? { body: await readFile(file) };
      const type = reply.type ?? TYPES[path.extname(file)] ?? 'application/octet-stream';
      response.writeHead(reply.status ?? 200, { 'content-type': type, ...reply.headers }).end(reply.body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A page with a module script. */
export function html(script: string, head = ''): Reply {
  return {
    type: TYPES['.html'] as string,
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>cellgate</title>${head}</head>
      <body><script type="module">${script}</script></body></html>`,
  };
}

/** One Chromium for a file of tests. */
export function useChromium(): { open(): Promise<Page> } {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  return { open: async () => (await browser.newContext()).newPage() };
}

/** Goes to an address and waits for what its script leaves as `globalThis.result`, a promise of something cloneable. */
export async function resultOf<T>(page: Page, address: string): Promise<T> {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(address);
  try {
    await page.waitForFunction('globalThis.result', undefined, { timeout: 60_000 });
    return await page.evaluate<T>('globalThis.result');
  } catch (error) {
    throw new Error(`${address}: ${faults.join('; ')}`, { cause: error });
  }
}
