/** The page for everyone: rules of accessibility, small screens, slow machines. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, inject, it } from 'vitest';
import { blank, open, PHONE } from './open.js';

const require = createRequire(new URL('../../explorer/package.json', import.meta.url));
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What of axe-core is used here; it is installed with the page's packages. */
interface Axe {
  run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

const VIEWS = [
  '#/cell?kind=lstm',
  '#/cell?kind=gru',
  '#/maps?on=text',
  '#/maps?on=co2',
  '#/maps?on=digits',
  '#/forget?forget=shut',
  '#/train?task=adding',
  '#/train?task=csv',
];
const LOOKS = [
  { lang: 'en', theme: 'light' },
  { lang: 'zh', theme: 'dark' },
  { lang: 'en', theme: 'dark' },
  { lang: 'zh', theme: 'light' },
];

describe('every view', () => {
  it.each(LOOKS)('breaks no rule of accessibility in $lang, $theme', async ({ lang, theme }) => {
    const page = await open('#/cell', { bypassCSP: true });
    for (const view of VIEWS) {
      await page.goto(`${inject('address')}${view}&lang=${lang}&theme=${theme}`);
      await page.locator('main .panel').nth(1).waitFor();
      expect(await page.locator('html').getAttribute('lang')).toBe(lang === 'zh' ? 'zh-CN' : 'en');
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: Axe }).axe.run());
      const found = violations.map(
        ({ id, nodes }) => `${view}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`,
      );
      expect(found).toEqual([]);
    }
  });

  it.each(LOOKS.slice(0, 2))('fits a phone in $lang', async ({ lang, theme }) => {
    const page = await open('#/cell', { viewport: PHONE, hasTouch: true });
    for (const view of VIEWS) {
      await page.goto(`${inject('address')}${view}&lang=${lang}&theme=${theme}`);
      await page.locator('main .panel').nth(1).waitFor();
      const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(excess, view).toBeLessThanOrEqual(0);
    }
  });

  it('says everything in the chosen language, and keeps it from view to view', async () => {
    const page = await open('#/cell');
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('link', { name: '动手训练' }).click();
    await page.locator('main .panel').first().waitFor();
    expect(await page.locator('h1').textContent()).toBe('在本页训练一个网络');
    await page.getByRole('button', { name: '深色' }).click();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.getByRole('button', { name: 'English' }).click();
    expect(await page.locator('h1').textContent()).toBe('Train a network in this page');
  });

  it('is as the browser prefers, where nothing is chosen', async () => {
    const page = await open('#/cell', { locale: 'zh-CN', colorScheme: 'dark' });
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  });
});

describe('a slow machine', () => {
  it('sees the page and the cell soon', async () => {
    const page = await blank();
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: 4 });
    await session.send('Network.enable');
    // A mobile network of the fourth generation, slow: 1.6 Mbit/s, 150 ms.
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 150,
      downloadThroughput: 200_000,
      uploadThroughput: 93_750,
    });
    await page.goto(`${inject('address')}#/cell`, { waitUntil: 'commit' });
    await page.locator('.diagram').waitFor({ timeout: 30_000 });
    const { paint, cell } = await page.evaluate(() => ({
      paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
      cell: performance.now(),
    }));
    console.log(`first paint ${Math.round(paint)} ms, the cell ${Math.round(cell)} ms (CPU / 4, 1.6 Mbit/s)`);
    expect(paint).toBeLessThan(4000);
    expect(cell).toBeLessThan(15_000);
  });
});
