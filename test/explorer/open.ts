/** Pages of one browser for a test file; whatever goes wrong in them fails the test. */
import { readFileSync } from 'node:fs';
import { Sequential } from 'cellgate';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import { launchChromium } from '../browser/chromium.mjs';

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** What a locator may take; a test has more. */
const ACTION_MS = 8000;

let browser: Browser;
const faults: string[] = [];
const pages: Page[] = [];

beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close();
  expect(faults.splice(0)).toEqual([]);
});

/** A page of its own at an address such as `#/maps?on=co2`; resolves when the view is there. */
export async function open(hash: string, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await blank(options);
  await page.goto(inject('address') + hash);
  await page.locator('main .panel').first().waitFor();
  return page;
}

/** The same before it goes anywhere. */
export async function blank(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: DESK, locale: 'en-GB', ...options });
  const page = await context.newPage();
  pages.push(page);
  page.setDefaultTimeout(ACTION_MS);
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  page.on('requestfailed', (request) => faults.push(`${request.url()} ${request.failure()?.errorText}`));
  page.on('response', (response) => {
    if (!response.ok()) faults.push(`${response.url()} ${response.status()}`);
  });
  return page;
}

/** What a click saves, as text or bytes. */
export async function saved(page: Page, button: string): Promise<{ name: string; bytes: Buffer }> {
  const begun = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  const download = await begun;
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** A network of the page, in Node. */
export function modelOf(name: string): Sequential {
  return Sequential.load(readFileSync(new URL(`../../explorer/models/${name}.safetensors`, import.meta.url)));
}

/** The numbers in a text, with true minus signs. */
export function numbersIn(text: string): number[] {
  return (text.replaceAll('−', '-').match(/-?\d+(\.\d+)?(e-?\d+)?/g) ?? []).map(Number);
}
