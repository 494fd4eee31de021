/** The opened cell: its values are those of the network, its steps and units can be chosen in every way. */
import { type LSTM, tensor } from 'cellgate';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { blank, modelOf, numbersIn, open } from './open.js';

/** The sequence that the tests write into the address: numbers in hundredths, m for marked ones. */
const SEQUENCE = '-20_80m_30_-50_-70m_40';
const ITEMS: [number, number][] = [
  [-0.2, 0],
  [0.8, 1],
  [0.3, 0],
  [-0.5, 0],
  [-0.7, 1],
  [0.4, 0],
];

const linesOf = async (page: Page) =>
  (await page.locator('.formula [aria-hidden] p').allTextContents()).map((line) => line.trim());

/** The value at the end of the formula. */
const resultOf = async (page: Page) => numbersIn((await linesOf(page)).at(-1) ?? '')[0] ?? Number.NaN;

const stepOf = (page: Page) => page.locator('.player strong').textContent();

describe('the drawing', () => {
  it('shows the values of the network, for every unit and step', async () => {
    const [layer] = modelOf('cell-lstm').layers as unknown as [LSTM];
    const [steps] = layer.trace(tensor([ITEMS])).layers;
    for (const [t, unit] of [
      [1, 2],
      [4, 3],
    ] as const) {
      const page = await open(`#/cell?seq=${SEQUENCE}&t=${t}&unit=${unit + 1}`);
      const at = t * 4 + unit;
      for (const [place, values] of [
        ['Forget gate', steps?.forget],
        ['Input gate', steps?.input],
        ['Candidate', steps?.candidate],
        ['Output gate', steps?.output],
      ] as const) {
        await page.getByRole('button', { name: place }).click();
        expect(await resultOf(page), `${place}, step ${t}, unit ${unit}`).toBeCloseTo(
          values?.data[at] ?? Number.NaN,
          1,
        );
        const shown = await page.getByRole('button', { name: place }).getAttribute('aria-label');
        expect(numbersIn(shown ?? '')[0]).toBeCloseTo(values?.data[at] ?? Number.NaN, 2);
      }
    }
  });

  it('puts numbers into the formula that give what it says', async () => {
    const page = await open(`#/cell?seq=${SEQUENCE}&t=4&unit=1`);
    const [letters, numbers = '', result = ''] = await linesOf(page);
    expect(letters).toBe('c = f·c₋₁ + i·g');
    const [f = 0, before = 0, i = 0, g = 0] = numbersIn(numbers);
    expect(f * before + i * g).toBeCloseTo(numbersIn(result)[0] ?? Number.NaN, 1);
    await page.getByRole('button', { name: 'Forget gate' }).hover();
    const [, products = '', sum = '', value = ''] = await linesOf(page);
    const factors = numbersIn(products);
    const bias = factors.pop() ?? 0;
    const pairs = factors.flatMap((factor, index) => (index % 2 ? [] : [factor * (factors[index + 1] ?? 0)]));
    const total = pairs.reduce((all, product) => all + product, bias);
    expect(pairs).toHaveLength(2 + 4);
    expect(total).toBeCloseTo(numbersIn(sum)[0] ?? Number.NaN, 1);
    expect(1 / (1 + Math.exp(-total))).toBeCloseTo(numbersIn(value)[0] ?? Number.NaN, 1);
  });

  it.each([
    ['rnn', 3],
    ['lstm', 14],
    ['coupled', 14],
    ['peephole', 14],
    ['gru', 11],
  ])('of %s has its parts, each with a formula', async (kind, count) => {
    const page = await open(`#/cell?kind=${kind}&t=3`);
    const parts = page.locator('.diagram [role=button]');
    expect(await parts.count()).toBe(count + (kind === 'rnn' ? 1 : 0));
    for (const part of await parts.all()) {
      await part.focus();
      const lines = await linesOf(page);
      expect(lines.length).toBeGreaterThanOrEqual(2);
      expect(lines.join(' ')).not.toMatch(/NaN|undefined/);
      const label = (await part.getAttribute('aria-label')) ?? '';
      expect(await page.locator('#formula').textContent()).toBe(label.slice(0, label.lastIndexOf(':')));
    }
  });

  it('follows a changed input to what the network says', async () => {
    const page = await open('#/cell?t=2');
    await page.getByRole('slider', { name: 'number' }).fill('-0.5');
    await expect
      .poll(() => page.getByText('The network answers').textContent())
      .toMatch(/−0\.[45]\d; .* −0\.50/);
    expect(page.url()).toContain('t=2');
    await page.getByRole('checkbox', { name: 'marked' }).uncheck();
    await expect.poll(() => page.getByText('to remember is 0.00').count()).toBe(1);
    await page.getByRole('button', { name: 'Restore the sequence' }).click();
    await expect.poll(() => page.getByText('to remember is 0.80').count()).toBe(1);
  });
});

describe('the steps', () => {
  it('go forth and back, to the beginning and along the slider', async () => {
    const page = await open('#/cell');
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
    expect(await stepOf(page)).toBe('3 of 24');
    await press('Step');
    expect(await stepOf(page)).toBe('4 of 24');
    await press('Step back');
    await press('Step back');
    expect(await stepOf(page)).toBe('2 of 24');
    await press('To the beginning');
    expect(await stepOf(page)).toBe('1 of 24');
    expect(await page.getByRole('button', { name: 'Step back' }).isDisabled()).toBe(true);
    await page.getByRole('slider', { name: 'Step' }).fill('23');
    expect(await stepOf(page)).toBe('24 of 24');
    await page.getByRole('columnheader', { name: '9' }).first().click();
    expect(await stepOf(page)).toBe('9 of 24');
  });

  it('play until they are paused, and end at the last', async () => {
    const page = await open('#/cell?t=0');
    await page.getByRole('button', { name: 'Play' }).click();
    expect(await page.locator('.diagram.moving').count()).toBe(1);
    await expect.poll(() => stepOf(page), { timeout: 8000 }).toBe('2 of 24');
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(await page.locator('.diagram.moving').count()).toBe(0);
    await page.getByRole('slider', { name: 'Step' }).fill('22');
    await page.getByRole('button', { name: 'Play' }).click();
    await expect.poll(() => stepOf(page), { timeout: 8000 }).toBe('24 of 24');
    await expect.poll(() => page.getByRole('button', { name: 'Play' }).count(), { timeout: 8000 }).toBe(1);
  });

  it('are in the address, so that a view can be linked', async () => {
    const page = await open('#/cell');
    await page.getByRole('radio', { name: 'GRU' }).check();
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    await page.getByRole('button', { name: 'Update gate' }).click();
    await page.getByRole('radio', { name: '2', exact: true }).check();
    await expect.poll(() => page.url()).toMatch(/#\/cell\?.*unit=2/);
    const other = await open(page.url().slice(page.url().indexOf('#')));
    expect(await stepOf(other)).toBe('4 of 24');
    expect(await other.getByRole('radio', { name: 'GRU' }).isChecked()).toBe(true);
    expect(await other.locator('#formula').textContent()).toBe('Update gate');
    expect(await linesOf(other)).toEqual(await linesOf(page));
  });

  it('take nonsense in the address for what it is', async () => {
    for (const hash of ['#/nowhere', '#/cell?kind=x&t=-5&unit=99&at=moon&seq=12_drop', '#/cell?t=NaN&seq=']) {
      const page = await open(hash);
      expect(await page.locator('.diagram [role=button]').count()).toBe(14);
      expect(await stepOf(page)).toMatch(/of 24$/);
    }
  });

  it('move nothing by themselves where little movement is asked for', async () => {
    const page = await open('#/cell?t=0', { reducedMotion: 'reduce' });
    await page.getByRole('button', { name: 'Play' }).click();
    const running = await page.evaluate(() => document.getAnimations().length);
    expect(running).toBe(0);
  });

  it('can be reached and chosen by keys alone', async () => {
    const page = await blank();
    await page.goto((await open('#/cell')).url());
    await page.locator('.diagram').waitFor();
    const focused = () =>
      page.evaluate(
        () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
      );
    const tabTo = async (name: RegExp) => {
      for (let presses = 0; presses < 60; presses++) {
        await page.keyboard.press('Tab');
        if (name.test(await focused())) return;
      }
      throw new Error(`not reached: ${name}`);
    };
    await tabTo(/^Skip/);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('radio', { name: 'LSTM, coupled gates' }).isChecked()).toBe(true);
    await page.keyboard.press('ArrowLeft');
    await page.locator('.diagram').waitFor();
    await tabTo(/^Output gate/);
    await expect.poll(() => page.locator('#formula').textContent()).toBe('Output gate');
    await page.keyboard.press('Enter');
    await tabTo(/^Step$/);
    await page.keyboard.press('Enter');
    expect(await stepOf(page)).toBe('4 of 24');
    await page.keyboard.press('Tab');
    await page.keyboard.press('End');
    expect(await stepOf(page)).toBe('24 of 24');
    expect(await page.locator('#formula').textContent()).toBe('Output gate');
  });
});
