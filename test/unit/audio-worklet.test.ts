/** The example of an AudioWorklet, in Chromium: what it computes, how long that takes, and what the page shows. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { init, loadFile } from 'cellgate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../../examples/audio-worklet/serve.mjs';
import { strum } from '../../examples/audio-worklet/sound.js';
import { amplify, errorToSignal, MODEL } from '../../examples/audio-worklet/train.mjs';
import { Random } from '../../examples/random.mjs';
import { launchChromium } from '../browser/chromium.mjs';

const SECONDS = 4;

describe('the amplifier', { timeout: 30_000 }, () => {
  const random = new Random(3, 'strum');
  const samples: Float32Array = strum(SECONDS, () => random.next());
  let server: Server;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
    await init();
    server = await serve();
    browser = await launchChromium({ args: ['--autoplay-policy=no-user-gesture-required'] });
    page = await browser.newPage();
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      // There is no picture for the tab.
      if (message.type() === 'error' && !message.location().url.endsWith('.ico')) faults.push(message.text());
    });
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
    expect(faults).toEqual([]);
  });

  it('has learned its sound', async () => {
    const output = (await loadFile(MODEL)).stream().run(samples);
    expect(errorToSignal(output, amplify(samples))).toBeLessThan(0.02);
  });

  it('computes in a worklet what a stream does, in a part of the time of a block', async () => {
    // As text: what imports would be made into for Node.
    const { output, shares } = await page.evaluate<{ output: number[]; shares: number[] }>(`
      import('/effect.js')
        .then(({ render }) => render(Float32Array.from([${samples.join()}])))
        .then(({ output, shares }) => ({ output: Array.from(output), shares }))`);
    const expected = (await loadFile(MODEL)).stream().run(samples);
    const off = output.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
    expect(off).toBeLessThan(1e-5);
    // Of the seconds that of the one in which the machine had least else to do.
    const share = Math.min(...shares);
    console.log(
      `an LSTM of 32 units takes ${(100 * share).toFixed(1)} % of the time of a block of 128 samples`,
    );
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.5);
  });

  it('is played by a page that shows its share, and stops', async () => {
    await page.getByRole('button', { name: 'Play' }).click();
    const share = page.locator('#share');
    await expect.poll(() => share.textContent(), { timeout: 15_000 }).toMatch(/^\d+\.\d %$/);
    const shown = Number.parseFloat((await share.textContent()) ?? '') / 100;
    expect(shown).toBeLessThan(1);
    expect(Number(await page.locator('#meter').getAttribute('value'))).toBeCloseTo(shown, 3);
    await page.getByLabel('amplifier').uncheck();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Play' }).waitFor();
    expect(await page.getByRole('alert').textContent()).toBe('');
  });
});
