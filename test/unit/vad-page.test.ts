/** The voice detector in an AudioWorklet, in Chromium: on samples, and on what a microphone hears. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readModel } from '../../examples/vad/model.mjs';
import { launchChromium } from '../browser/chromium.mjs';
import { recording } from '../formats/silero/recording.mjs';
import { type Site, serve } from '../packaging/site.js';
import { ROOT } from './examples.js';

const RATE = 16000;
const FRAME = 512;
/** A pause, then speech without and with noise. */
const SECONDS = 25;

interface Heard {
  probability: number;
  segment?: { start: number; end: number };
}

/** A WAV file of 16 bits. */
function wav(samples: Float32Array): Buffer {
  const data = Int16Array.from(samples, (value) => Math.max(-32768, Math.min(32767, 32768 * value)));
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(2 * RATE, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.byteLength, 40);
  return Buffer.concat([header, Buffer.from(data.buffer)]);
}

describe('the voice detector of a page', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cellgate-vad-'));
  const faults: string[] = [];
  let samples: Float32Array;
  let site: Site;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    await readModel();
    samples = (await recording(RATE)).subarray(0, SECONDS * RATE);
    const microphone = path.join(folder, 'microphone.wav');
    // Speech at once.
    writeFileSync(microphone, wav(samples.subarray(7 * RATE, 14 * RATE)));
    site = await serve(ROOT);
    browser = await launchChromium({
      args: [
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-audio-capture=${microphone}`,
      ],
    });
    page = await browser.newPage();
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(`${site.origin}/examples/vad/page/`);
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await site.close();
    rmSync(folder, { recursive: true });
    expect(faults).toEqual([]);
  });

  it('gives the probabilities of ONNX Runtime', async () => {
    // As text: what imports would be made into for Node.
    const heard = await page.evaluate<Heard[]>(`
      import('./voice.js').then(({ detect }) => detect(Float32Array.from([${samples.join()}])))`);
    const bytes = readFileSync(path.join(ROOT, `test/formats/silero/probabilities-${RATE}.f32`));
    const expected = new Float32Array(Uint8Array.from(bytes).buffer);
    expect(heard.length).toBe(Math.floor(samples.length / FRAME));
    heard.forEach(({ probability }, at) => {
      expect(Math.abs(probability - (expected[at] ?? Number.NaN)), `frame ${at}`).toBeLessThan(1e-4);
    });
    expect(heard.flatMap(({ segment }) => segment ?? []).length).toBeGreaterThan(3);
  });

  it('hears a microphone, and stops', async () => {
    await page.getByRole('button', { name: 'Listen' }).click();
    await page.getByRole('listitem').first().waitFor({ timeout: 30_000 });
    expect(await page.getByRole('listitem').first().textContent()).toMatch(/^\d+\.\d\d s to \d+\.\d\d s$/);
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Listen' }).waitFor();
    expect(await page.getByRole('alert').textContent()).toBe('');
  });
});
