/** Gates over time: what is drawn and saved is what the networks compute on the text, the record and the digits. */
import { createRequire } from 'node:module';
import { type Embedding, type Linear, type LSTM, tensor } from 'cellgate';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { modelOf, numbersIn, open, saved } from './open.js';

const require = createRequire(import.meta.url);
const { alphabet }: { alphabet: string } = require('../../explorer/models/text.json');

const says = (page: Page) => page.locator('.says').textContent();
const heatMap = (page: Page) => page.getByRole('application');

/** The text network's trace of a text, in Node. */
function traced(text: string) {
  const [embedding, lstm] = modelOf('text').layers as unknown as [Embedding, LSTM, Linear];
  const ids = Int32Array.from(text, (character) => [...alphabet].indexOf(character));
  const [steps] = lstm.trace(embedding.forward(tensor(ids, [1, ids.length]))).layers;
  return { cell: steps?.cell.data ?? new Float32Array(), units: lstm.hiddenSize };
}

describe('a text', () => {
  it('is saved as the numbers, the drawing and the picture that are shown', async () => {
    const text = 'The sea, "he said". And';
    const page = await open(`#/maps?passage=3&text=${encodeURIComponent(text)}&show=8&sort=index&unit=2&t=4`);
    const { cell, units } = traced(text);
    expect(numbersIn((await says(page)) ?? '').at(-1)).toBeCloseTo(cell[4 * units + 2] ?? Number.NaN, 2);

    const csv = await saved(page, 'Save as CSV');
    expect(csv.name).toBe('cell.csv');
    const lines = csv.bytes.toString().trimEnd().split('\n');
    expect(lines[0]).toBe('step,name,cell_0,cell_1,cell_2,cell_3,cell_4,cell_5,cell_6,cell_7');
    expect(lines).toHaveLength(1 + text.length);
    expect(lines[8]).toMatch(/^8,",",/);
    expect(lines[10]).toMatch(/^10,"""",/);
    const last = lines[text.length]?.split(',').slice(2).map(Number) ?? [];
    last.forEach((value, unit) => {
      expect(value).toBeCloseTo(cell[(text.length - 1) * units + unit] ?? Number.NaN, 4);
    });

    const svg = (await saved(page, 'Save as SVG')).bytes.toString();
    expect(svg).toMatch(/^<svg[^>]*xmlns/);
    expect(svg).toContain('cell state');
    const png = (await saved(page, 'Save as PNG')).bytes;
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBeGreaterThan(1000);
  });

  it('is coloured by the chosen unit, and the units are sorted and counted', async () => {
    const page = await open('#/maps');
    await page
      .getByRole('button', { name: /^unit \d+\s+correlation/ })
      .nth(8)
      .click();
    const unit = numbersIn((await page.locator('#text').textContent()) ?? '')[0];
    expect(numbersIn((await says(page)) ?? '')[0]).toBe(unit);
    const colours = () =>
      page
        .locator('.coloured span')
        .evaluateAll((spans) => new Set(spans.map((span) => (span as HTMLElement).style.background)).size);
    expect(await colours()).toBeGreaterThan(20);
    await page.getByLabel('Quantity').selectOption({ label: 'forget gate' });
    await page.getByLabel('Order of units').selectOption({ label: 'by number' });
    await page.getByRole('radio', { name: '32' }).check();
    expect(await page.locator('.row-names li').allTextContents()).toEqual(
      Array.from({ length: 32 }, (_, at) => String(at)),
    );
    expect(await page.locator('#heat').textContent()).toBe('Over time: forget gate');
    await page.getByLabel('Only these units').fill('9, 3 5-6, x, 900, 7-2');
    await page.keyboard.press('Enter');
    expect(await page.locator('.row-names li').allTextContents()).toEqual(['9', '3', '5', '6']);
    await page.locator('.coloured span').nth(7).click();
    await expect.poll(() => says(page)).toMatch(/step 8 /);
  });

  it('may be the user’s own, with characters that the network does not know', async () => {
    const page = await open('#/maps?passage=3');
    await page.getByLabel(/English text/).fill('“Grüße” <b>1</b>');
    await page.getByRole('button', { name: 'Read it' }).click();
    await expect.poll(() => page.locator('.coloured').textContent()).toBe('"Gr  e"  b 1  b ');
    expect(await page.getByRole('status').first().textContent()).toMatch(/never seen/);
    await page.getByLabel(/English text/).fill('');
    await page.getByRole('button', { name: 'Read it' }).click();
    await expect.poll(() => page.locator('.coloured').textContent()).toBe(' ');
  });

  it('moves its cursor by keys', async () => {
    const page = await open('#/maps?sort=index&show=8&t=0&unit=0');
    await heatMap(page).focus();
    const press = (key: string) => page.keyboard.press(key);
    await press('ArrowRight');
    await press('ArrowDown');
    await expect.poll(() => says(page)).toMatch(/^Unit 1, step 2 /);
    await press('Shift+ArrowRight');
    await press('End');
    await press('ArrowUp');
    await press('ArrowUp');
    await expect.poll(() => says(page)).toMatch(/^Unit 0, step 7\d\d /);
    await press('Home');
    await expect.poll(() => says(page)).toMatch(/^Unit 0, step 1 /);
  });
});

describe('the record of CO2', () => {
  it('comes with forecasts that are near', async () => {
    const page = await open('#/maps?on=co2');
    const text = (await page.getByText('forecast a month ahead').textContent()) ?? '';
    const [measured = 0, forecast = 0] = numbersIn(text.replace(/^\S+/, ''));
    expect(measured).toBeGreaterThan(380);
    expect(Math.abs(measured - forecast)).toBeLessThan(1.5);
    expect(await page.locator('.chart canvas').count()).toBe(2);
    await page.getByRole('radio', { name: 'the whole record' }).check();
    await page
      .locator('.chart .u-over')
      .first()
      .hover({ position: { x: 400, y: 60 } });
    await expect.poll(() => says(page)).toMatch(/\((19[6-9]|20[01])\d-\d\d\)/);
  });
});

describe('digits', () => {
  it('of the collection are recognised', async () => {
    const page = await open('#/maps?on=digits');
    let right = 0;
    for (let digit = 0; digit < 10; digit++) {
      await page.getByRole('button', { name: `Sample 1 of digit ${digit}` }).click();
      const isRight = page.getByText(`the network thinks of a ${digit}`);
      right += await isRight.waitFor({ timeout: 1500 }).then(
        () => 1,
        () => 0,
      );
    }
    expect(right).toBeGreaterThanOrEqual(8);
  });

  it('can be drawn, row by row, and cleared', async () => {
    const page = await open('#/maps?on=digits');
    await page.getByRole('button', { name: 'Clear' }).click();
    const box = await page.locator('.pad canvas').boundingBox();
    if (!box) throw new Error('no sheet');
    const at = (x: number, y: number) => [box.x + x * box.width, box.y + y * box.height] as const;
    await page.mouse.move(...at(0.5, 0.2));
    await page.mouse.down();
    await page.mouse.move(...at(0.5, 0.8), { steps: 12 });
    await page.mouse.up();
    await expect.poll(() => page.getByText('the network thinks of a 1').count(), { timeout: 8000 }).toBe(1);
    await page.getByRole('slider', { name: 'Rows read' }).fill('3');
    await expect.poll(() => page.getByText('After 4 rows').count()).toBe(1);
    await expect.poll(() => says(page)).toMatch(/step 4:/);
  });
});
