// The tables of the forecast, as plain text.

import { table } from '../table.mjs';
import { monthLabel } from './data.mjs';
import { baselines, errors, LONG_HORIZON, seasonalNaive } from './forecast.mjs';

/** One line per held-out year, one month ahead: mean truth and forecast, mean absolute errors, baselines'. */
export function yearTable(series, forecasts, heldOut) {
  const { firstMonth, ppm, observed } = series;
  const { naive, drift, lastGrowth } = baselines(ppm, heldOut, 1);
  const mean = (values, from, to) => {
    const known = [...values.subarray(from, to)].filter((_, i) => observed[from + i]);
    return known.reduce((sum, value) => sum + value, 0) / known.length;
  };

  const lines = [];
  for (let from = heldOut, to; from < ppm.length; from = to) {
    const year = Math.floor((firstMonth + from) / 12);
    to = Math.min(ppm.length, (year + 1) * 12 - firstMonth);
    const means = [ppm, forecasts.oneMonth].map((values) => mean(values, from, to).toFixed(2));
    const maes = [forecasts.oneMonth, naive, drift, lastGrowth].map((values) =>
      errors(values, series, from, to).mae.toFixed(2),
    );
    lines.push([String(year), String(to - from), ...means, ...maes]);
  }
  return table(
    ['year', 'months', 'truth', 'forecast', 'LSTM', 'naive', '+ 10y growth', '+ 1y growth'],
    lines,
  );
}

/** The last `count` months one by one: truth, forecast, its error and the seasonal-naive one's, in ppm. */
export function monthTable({ firstMonth, ppm, observed }, { oneMonth }, count) {
  const lines = [];
  for (let i = ppm.length - count; i < ppm.length; i++) {
    const month = monthLabel(firstMonth + i);
    const naive = seasonalNaive(ppm, i - 1, i);
    const truth = observed[i]
      ? [ppm[i].toFixed(2), signed(oneMonth[i] - ppm[i], 2), signed(naive - ppm[i], 2)]
      : ['–', '–', '–'];
    lines.push([month, truth[0], oneMonth[i].toFixed(2), truth[1], naive.toFixed(2), truth[2]]);
  }
  return table(['month', 'truth', 'LSTM', 'error', 'naive', 'error'], lines);
}

/**
 * MAE and RMSE over all held-out months at every horizon, the LSTM's above the baselines', then by how much its MAE is
 * the smaller one.
 */
export function totalTable(series, forecasts, heldOut) {
  const horizons = [
    [1, forecasts.oneMonth, '1 month ahead'],
    [LONG_HORIZON, forecasts.twelveMonths, `${LONG_HORIZON} months ahead`],
    ['free', forecasts.free, 'all at once'],
  ];
  const columns = horizons.map(([horizon, lstm]) => {
    const { naive, drift, lastGrowth } = baselines(series.ppm, heldOut, horizon);
    const all = [lstm, naive, drift, lastGrowth].map((values) => errors(values, series));
    const [own, plain, ...growing] = all.map(({ mae }) => mae);
    return [
      ...all.map(({ mae, rmse }) => `${mae.toFixed(3)} / ${rmse.toFixed(3)}`),
      less(own, plain),
      less(own, Math.min(...growing)),
      String(all[0].count),
    ];
  });
  const names = [
    'LSTM',
    'seasonal naive',
    '  + growth of the last ten years',
    '  + growth of the last year',
    'LSTM against seasonal naive',
    'LSTM against the better with growth',
    'months forecast',
  ];
  const lines = names.map((name, row) => [name, ...columns.map((column) => column[row])]);
  return table(['MAE / RMSE in ppm', ...horizons.map(([, , name]) => name)], lines);
}

/** 3 after 4: '−25 %'. */
function less(own, other) {
  return `${signed(100 * (own / other - 1), 0)} %`;
}

function signed(value, digits) {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}
