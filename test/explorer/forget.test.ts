/** Gates forced and shifted: what the network forgets, and what becomes of the gradient. */

import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { numbersIn, open } from './open.js';

/** Last answers of the gated network and of the plain one. */
async function answers(page: Page): Promise<[number, number]> {
  const text = (await page.getByText('is to be answered').textContent()) ?? '';
  const [, gated = Number.NaN, plain = Number.NaN] = numbersIn(text);
  return [gated, plain];
}

/** How much of the gradient arrives at the mark, of both. */
async function shares(page: Page): Promise<[number, number]> {
  const text = (await page.getByText('At the marked number').textContent()) ?? '';
  const [, gated = Number.NaN, plain = Number.NaN] = numbersIn(text);
  return [gated, plain];
}

const force = (page: Page, gate: string, how: string) =>
  page.getByRole('group', { name: gate }).getByRole('radio', { name: how }).check();

describe('a network that holds a number', () => {
  it('forgets it without the forget gate, and finds it again', async () => {
    const page = await open('#/forget');
    const [held, plain] = await answers(page);
    expect(Math.abs(held - 0.8)).toBeLessThan(0.1);
    await force(page, 'forget gate', 'shut');
    await expect.poll(() => answers(page).then(([gated]) => Math.abs(gated))).toBeLessThan(0.1);
    expect((await answers(page))[1]).toBe(plain);
    expect(await page.getByRole('slider', { name: 'shift of the bias' }).first().isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'All untouched' }).click();
    await expect.poll(() => answers(page).then(([gated]) => gated)).toBe(held);
  });

  it('writes nothing with the input gate shut, and all that passes with it open', async () => {
    const page = await open('#/forget?input=shut');
    expect(Math.abs((await answers(page))[0])).toBeLessThan(0.1);
    await force(page, 'input gate', 'open');
    await expect.poll(() => answers(page).then(([gated]) => Math.abs(gated - 0.8))).toBeGreaterThan(0.1);
  });

  it('fades as the bias falls', async () => {
    const page = await open('#/forget');
    const bias = page.getByRole('slider', { name: 'shift of the bias' }).first();
    await bias.fill('-4');
    await expect.poll(() => answers(page).then(([gated]) => Math.abs(gated))).toBeLessThan(0.1);
    await bias.fill('0');
    await expect.poll(() => answers(page).then(([gated]) => Math.abs(gated - 0.8))).toBeLessThan(0.1);
  });

  it('of GRUs forgets by the update gate', async () => {
    const page = await open('#/forget?cell=gru');
    expect(Math.abs((await answers(page))[0] - 0.8)).toBeLessThan(0.1);
    await force(page, 'update gate', 'shut');
    await expect.poll(() => answers(page).then(([gated]) => Math.abs(gated - 0.8))).toBeGreaterThan(0.2);
  });
});

describe('the gradient before training', () => {
  it('dies in the plain network, and lives on under a larger bias of the forget gate', async () => {
    const page = await open('#/forget?weights=fresh&hold=60');
    const [usual, plain] = await shares(page);
    expect(plain).toBeLessThan(1e-8);
    await page.getByRole('slider', { name: 'shift of the bias' }).first().fill('4');
    await expect.poll(() => shares(page).then(([gated]) => gated)).toBeGreaterThan(100 * usual);
    await force(page, 'forget gate', 'shut');
    await expect.poll(() => shares(page).then(([gated]) => gated)).toBeLessThan(1e-8);
  });
});
