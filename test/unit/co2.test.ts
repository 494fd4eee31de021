/** The example that `npm start` runs: it trains by itself, sees nothing of the future and beats what needs no network. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { GRU, init, LSTM } from 'cellgate';
import { beforeAll, describe, expect, it } from 'vitest';
import { monthNumber, readSeries } from '../../examples/co2/data.mjs';
import { fitScale } from '../../examples/co2/features.mjs';
import { baselines, errors, forecastHeldOut, LONG_HORIZON } from '../../examples/co2/forecast.mjs';
import { createModel, train } from '../../examples/co2/train.mjs';
import { ROOT } from './examples.js';

type Series = Awaited<ReturnType<typeof readSeries>>;
type Create = Parameters<typeof createModel>[1];

/** Trains and forecasts; `parameters` of the trained model beside the forecasts. */
async function run(series: Series, heldOut: number, seed: number, create?: Create) {
  const context = { firstMonth: series.firstMonth, scale: fitScale(series, heldOut) };
  const { layer, model } = createModel(seed, create);
  await train(model, series, context, heldOut, { seed });
  const stream = model.stream();
  const forecasts = forecastHeldOut(stream, series, context, heldOut);
  const parameters = Object.values(model.stateDict()).map(({ data }) => data);
  for (const owner of [stream, model, layer]) owner.dispose();
  return { ...forecasts, parameters };
}

/** The record with other months from `from` on. */
function changedFrom(series: Series, from: number): Series {
  return { ...series, ppm: series.ppm.map((value, month) => (month < from ? value : 500 - value / 4)) };
}

describe('the forecast of CO2', () => {
  let series: Series;
  let heldOut = 0;
  beforeAll(async () => {
    await init();
    series = await readSeries();
    heldOut = monthNumber('2012-01') - series.firstMonth;
  });

  it.each([0, 1, 2])('beats the seasonal-naive one by far, seed %i', async (seed) => {
    const { oneMonth, twelveMonths, free } = await run(series, heldOut, seed);
    const mae = (forecast: Float64Array): number => errors(forecast, series).mae;
    for (const [horizon, forecast, most] of [
      [1, oneMonth, 0.2],
      [LONG_HORIZON, twelveMonths, 0.25],
      ['free', free!, 0.2],
    ] as const) {
      const { naive, drift, lastGrowth } = baselines(series.ppm, heldOut, horizon);
      expect(mae(forecast), `${horizon} months ahead`).toBeLessThan(most * mae(naive));
      // And one that knows the growth of the years before, though not by far.
      expect(mae(forecast), `${horizon} months ahead`).toBeLessThan(Math.min(mae(drift), mae(lastGrowth)));
    }
    expect(errors(oneMonth, series).count).toBe(series.ppm.length - heldOut);
    expect(errors(twelveMonths, series).count).toBe(series.ppm.length - heldOut - LONG_HORIZON + 1);
  });

  it('is as good with a GRU', async () => {
    const { oneMonth } = await run(series, heldOut, 0, (options) => new GRU(options) as never);
    const { naive } = baselines(series.ppm, heldOut, 1);
    expect(errors(oneMonth, series).mae).toBeLessThan(0.2 * errors(naive, series).mae);
  });

  it.each(['f16', 'int8'] as const)('is as good with weights held as %s', async (weights) => {
    const context = { firstMonth: series.firstMonth, scale: fitScale(series, heldOut) };
    const [plain, small] = [
      createModel(0),
      createModel(0, (options) => new LSTM({ ...options, weights }) as never),
    ];
    await train(plain.model, series, context, heldOut, { seed: 0 });
    small.model.loadStateDict(plain.model.stateDict());
    const [want, got] = [plain, small].map(({ model }) => {
      using stream = model.stream();
      const { oneMonth, twelveMonths } = forecastHeldOut(stream, series, context, heldOut);
      return [oneMonth, twelveMonths].map((forecast) => errors(forecast, series).mae);
    }) as [number[], number[]];
    for (const [horizon, mae] of want.entries()) {
      expect(Math.abs(got[horizon]! / mae - 1)).toBeLessThan(weights === 'f16' ? 0.002 : 0.01);
    }
    for (const { model, layer } of [plain, small]) {
      model.dispose();
      layer.dispose();
    }
  });

  it('follows from the seed, bit by bit', async () => {
    const [first, again, other] = [
      await run(series, heldOut, 3),
      await run(series, heldOut, 3),
      await run(series, heldOut, 4),
    ];
    expect(again).toEqual(first);
    expect(other.oneMonth).not.toEqual(first.oneMonth);
  });

  it('is trained on nothing that is held out', async () => {
    const [own, other] = [await run(series, heldOut, 0), await run(changedFrom(series, heldOut), heldOut, 0)];
    expect(other.parameters).toEqual(own.parameters);
    expect(other.free).toEqual(own.free);
    expect(other.oneMonth).not.toEqual(own.oneMonth);
  });

  it('knows nothing behind the month that it is made in', async () => {
    const origin = heldOut + 30;
    const [own, other] = [
      await run(series, heldOut, 0),
      await run(changedFrom(series, origin + 1), heldOut, 0),
    ];
    const until = (values: Float64Array, end: number) => values.subarray(heldOut, end + 1);
    expect(until(other.oneMonth, origin + 1)).toEqual(until(own.oneMonth, origin + 1));
    const last = origin + LONG_HORIZON;
    expect(until(other.twelveMonths, last)).toEqual(until(own.twelveMonths, last));
    expect(other.oneMonth[origin + 2]).not.toBe(own.oneMonth[origin + 2]);
    expect(other.twelveMonths[last + 1]).not.toBe(own.twelveMonths[last + 1]);
  });

  it('is printed for both horizons and drawn with its gates, well under a minute', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'cellgate-co2-'));
    const start = performance.now();
    try {
      const script = path.join(ROOT, 'examples/co2/main.mjs');
      const { stdout } = await promisify(execFile)(process.execPath, [script], { cwd: folder });
      expect(performance.now() - start).toBeLessThan(30_000);
      const lines = stdout.split('\n');
      const row = (name: string): number[] =>
        Array.from(lines.find((line) => line.startsWith(name))?.matchAll(/[\d.]+(?= \/)/g) ?? [], Number);
      const [lstm, naive] = [row('LSTM  '), row('seasonal naive  ')];
      expect(lines.find((line) => line.startsWith('MAE / RMSE'))).toMatch(/1 month ahead +12 months ahead/);
      expect(lstm).toHaveLength(3);
      lstm.forEach((mae, horizon) => {
        expect(mae).toBeLessThan(naive[horizon]! / 4);
      });

      const svg = readFileSync(path.join(folder, 'out/co2-forecast.svg'), 'utf8');
      for (const panel of ['Forget gate', 'Input gate', 'Output gate', 'Cell state', 'Error one month ahead'])
        expect(svg).toContain(panel);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
      expect(stdout).not.toMatch(/NaN|undefined|Infinity/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 30_000);

  it('refuses to hold out what leaves nothing to train on or to forecast', async () => {
    const script = path.join(ROOT, 'examples/co2/main.mjs');
    for (const month of ['1958-01', '2030-01', 'May']) {
      await expect(promisify(execFile)(process.execPath, [script, '--held-out-from', month])).rejects.toThrow(
        `--held-out-from must be a month from 1978-11 to 2019-05, got ${month}`,
      );
    }
  });
});
