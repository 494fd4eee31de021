/** Training in the page: it runs, pauses, ends and gives a model; files that are none are refused with a word. */
import { readFileSync } from 'node:fs';
import { LSTM, Sequential } from 'cellgate';
import { saveOnnx } from 'cellgate/onnx';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { numbersIn, open, saved } from './open.js';

const status = (page: Page) => page.getByRole('status').last().textContent();
const epochsOf = async (page: Page) => numbersIn((await status(page)) ?? '')[0] ?? 0;
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** Gives a file to the button of this name. */
function give(page: Page, button: string, name: string, content: string | Uint8Array) {
  return page
    .getByLabel(button)
    .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) });
}

/** Drops a file of repeated text, which is made in the page, where the file of the data goes. */
function drop(page: Page, content: { text: string; count: number }) {
  return page
    .locator('.drop')
    .first()
    .evaluate((place, { text, count }) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text.repeat(count)], 'dropped.csv'));
      for (const type of ['dragover', 'drop']) {
        place.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      }
    }, content);
}

const waves = (count: number) =>
  Array.from({ length: count }, (_, t) => (10 + 3 * Math.sin(t / 3)).toFixed(3));

describe('the adding problem', () => {
  it('is learned in a worker while the page moves, paused, and saved as a file', async () => {
    const page = await open('#/train?cell=gru&time=20&epochs=60');
    await press(page, 'Train');
    await expect.poll(() => epochsOf(page), { timeout: 20_000 }).toBeGreaterThan(0);
    const longestFrameMs = await page.evaluate(async () => {
      let [longest, last] = [0, performance.now()];
      for (let frame = 0; frame < 40; frame++) {
        await new Promise(requestAnimationFrame);
        longest = Math.max(longest, performance.now() - last);
        last = performance.now();
      }
      return longest;
    });
    console.log(`longest frame while the worker trains: ${Math.round(longestFrameMs)} ms`);
    // Training on the page's own thread would hold it for seconds.
    expect(longestFrameMs).toBeLessThan(500);
    await press(page, 'Pause');
    await expect.poll(() => status(page)).toMatch(/^Paused/);
    await page.waitForTimeout(300);
    const paused = await epochsOf(page);
    await page.waitForTimeout(500);
    expect(await epochsOf(page)).toBe(paused);
    await press(page, 'Go on');
    await expect.poll(() => status(page), { timeout: 40_000 }).toMatch(/^Trained for 60 epochs/);
    await expect.poll(() => page.workers().length).toBe(0);
    const [loss = 1, , best = 1] = numbersIn(
      (await page.getByText(/^Training \S+, validation/).textContent()) ?? '',
    );
    expect(Math.max(loss, best)).toBeLessThan(0.1);

    const { name, bytes } = await saved(page, 'Save the model');
    expect(name).toBe('cellgate-model.safetensors');
    const model = Sequential.load(new Uint8Array(bytes));
    expect(await page.locator('pre').textContent()).toBe(model.summary());
    await page.getByLabel('Quantity').selectOption({ label: 'update gate' });
    expect(await page.locator('#heat').textContent()).toBe('Over time: update gate');

    const other = await open('#/train');
    await give(other, 'Open a model file', name, bytes);
    await expect.poll(() => other.locator('pre').textContent()).toBe(model.summary());
  });

  it('stops when it is asked to, with the model of then', async () => {
    const page = await open('#/train?epochs=300');
    await press(page, 'Train');
    await expect.poll(() => epochsOf(page), { timeout: 20_000 }).toBeGreaterThan(0);
    await press(page, 'Stop');
    await expect.poll(() => status(page)).toMatch(/^Stopped after/);
    expect(await page.getByRole('button', { name: 'Save the model' }).isEnabled()).toBe(true);
    await page.getByRole('slider', { name: 'Length of a sequence' }).fill('40');
    await expect.poll(() => status(page)).toBe('Not trained yet.');
  });
});

describe('a column of a file', () => {
  it('is learned better than by saying the last value again', async () => {
    const page = await open('#/train?task=csv&epochs=15&window=12');
    await give(
      page,
      'Open a CSV file',
      'waves.csv',
      `day,wave\n${waves(240)
        .map((value, t) => `${t},${value}`)
        .join('\n')}\n`,
    );
    await expect.poll(() => page.getByText('wave: 240 values.').count()).toBe(1);
    await press(page, 'Train');
    await expect.poll(() => status(page), { timeout: 30_000 }).toMatch(/^Trained/);
    const [, valLoss = 1] = numbersIn(
      (await page.getByText(/^Training \S+, validation/).textContent()) ?? '',
    );
    // The mean square of the steps of this wave, in its deviations, is 2 (1 - cos(1/3)).
    expect(valLoss).toBeLessThan((2 * (1 - Math.cos(1 / 3))) / 3);
  });

  it.each([
    ['without a header', waves(60).join('\n'), /^1: 60 values\.$/],
    ['with one column and a header', `level\r\n${waves(60).join('\r\n')}\r\n`, /^level: 60 values\.$/],
    [
      'with semicolons and decimal commas',
      `Tag;Wert\n${waves(60)
        .map((value) => `Mo;${value.replace('.', ',')}`)
        .join('\n')}`,
      /^Wert: 60 values\.$/,
    ],
    [
      'with missing values',
      `a,b\n${waves(60)
        .map((value, t) => `x,${[0, 7, 8, 30, 59].includes(t) ? ['', 'NA', 'n/a', '-'][t % 4] : value}`)
        .join('\n')}`,
      /^b: 58 values, 3 missing ones/,
    ],
    [
      'with tabs, quotation marks and a byte order mark',
      `\ufeff"t"\t"a ""b"""\n${waves(60)
        .map((value) => `"x"\t"${value}"`)
        .join('\n')}`,
      /^a "b": 60 values\.$/,
    ],
    [
      'with names that are markup',
      `<img src=x onerror=alert(1)>,"</select><script>throw 1</script>"\n${waves(60)
        .map((value) => `${value},${value}`)
        .join('\n')}`,
      /^<\/select><script>throw 1<\/script>: 60 values\.$/,
    ],
  ])('is found %s', async (_, text, expected) => {
    const page = await open('#/train?task=csv');
    await give(page, 'Open a CSV file', 'data.csv', text);
    await expect.poll(() => page.getByRole('status').first().textContent()).toMatch(expected);
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Train', exact: true }).isEnabled()).toBe(true);
  });

  it('is refused with a reason where there is none, and another file goes on', async () => {
    const page = await open('#/train?task=csv');
    for (const [content, reason] of [
      ['', /no lines/],
      ['\n\n , \n', /no lines/],
      [new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0, 0]), /not a text file/],
      ['a,b\nc,d\n', /No column/],
      ['1\n2\n3\n', /No column/],
      [`"open\n${'1,'.repeat(5000)}`, /No column/],
    ] as const) {
      await give(page, 'Open a CSV file', 'bad.csv', content);
      await expect.poll(() => page.getByRole('alert').textContent()).toMatch(reason);
      expect(await page.getByRole('button', { name: 'Train', exact: true }).isDisabled()).toBe(true);
    }
    await drop(page, { text: '1', count: 20_000_001 });
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/larger than/);
    await give(page, 'Open a CSV file', 'good.csv', waves(60).join('\n'));
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
  });

  it('can be dropped on the page', async () => {
    const page = await open('#/train?task=csv');
    await drop(page, { text: `v\n${waves(50).join('\n')}`, count: 1 });
    await expect.poll(() => page.getByText('v: 50 values.').count()).toBe(1);
  });
});

const onnxNetwork = () => saveOnnx(new Sequential([new LSTM({ inputSize: 3, hiddenSize: 4 })]));

const fixture = (file: string) => readFileSync(new URL(`../formats/${file}`, import.meta.url));

describe('a file of a model', () => {
  it.each([
    ['torch/lstm.pt', 'LSTM', 'forget gate'],
    ['torch/lstm-projected.pt', 'LSTM', 'cell state'],
    ['torch/gru-stacked-both-ways.pt', 'GRU', 'reset gate'],
    ['torch/rnn-relu.pth', 'RNN', 'hidden state'],
    ['torch/sequential.safetensors', 'LSTM', 'output gate'],
    ['keras/keras3-everything.keras', 'LSTM', 'input gate'],
    ['keras/keras2-gru.h5', 'GRU', 'update gate'],
  ])('%s is opened, and its gates drawn', async (file, kind, quantity) => {
    const page = await open('#/train');
    await give(page, 'Open a model file', file, fixture(file));
    await expect.poll(() => page.locator('pre').textContent()).toContain(kind);
    await page.getByLabel('Quantity').selectOption({ label: quantity });
    await expect.poll(() => page.locator('.says').textContent()).toMatch(`${quantity} `);
  });

  it('of ONNX is opened, and its inputs and outputs listed', async () => {
    const page = await open('#/train');
    await give(page, 'Open a model file', 'network.onnx', onnxNetwork());
    await expect
      .poll(() => page.locator('main li').allTextContents())
      .toContainEqual(expect.stringMatching(/float32 \[.*3\]/));
    await give(page, 'Open a model file', 'cut.onnx', onnxNetwork().subarray(0, 60));
    await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/could not be opened: .+/);
  });

  it('is refused with a reason where it is none, and the page goes on', async () => {
    const page = await open('#/train');
    const refused = ['ambiguous', 'call', 'module', 'nan', 'old', 'script'].map(
      (name) => [`${name}.pt`, fixture(`torch/refused-${name}.pt`)] as const,
    );
    for (const [name, content] of [
      ['empty.safetensors', new Uint8Array()],
      ['text.safetensors', 'nothing of the kind'],
      ['huge-header.safetensors', new Uint8Array(64).fill(255)],
      ['cut.safetensors', new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0x7b])],
      ['cut.keras', fixture('keras/keras3-everything.keras').subarray(0, 500)],
      ['cut.h5', fixture('keras/keras2-gru.h5').subarray(0, 500)],
      ...refused,
    ] as const) {
      await give(page, 'Open a model file', name, content);
      await expect
        .poll(() => page.getByRole('alert').textContent(), { message: name })
        .toMatch(/could not be opened: .+/);
      // Open a good one, so that the next message is a new one.
      await give(page, 'Open a model file', 'lstm.pt', fixture('torch/lstm.pt'));
      await expect.poll(() => page.getByRole('alert').count(), { message: name }).toBe(0);
    }
    await page.getByRole('radio', { name: 'GRU' }).check();
    expect(await page.getByRole('button', { name: 'Train', exact: true }).isEnabled()).toBe(true);
  });
});
