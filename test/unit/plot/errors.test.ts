/** What plots refuse, and with which words. */
import { CellgateError } from 'cellgate';
import * as plot from 'cellgate/plot';
import { describe, expect, it } from 'vitest';
import { steps } from './figures.js';

const gate = steps(4, 3, () => 0.5);
const wrong = plot as unknown as Record<string, (...values: unknown[]) => string>;

function errorOf(name: string, values: unknown[]): CellgateError {
  try {
    wrong[name]?.(...values);
  } catch (error) {
    if (error instanceof CellgateError) return error;
    throw error;
  }
  return expect.fail(`${name} took it`);
}

describe('plots refuse', () => {
  it.each<[string, unknown[], string, string]>([
    ['gateHeatmap', [7], 'value', 'values must be a Tensor, or the tensors of a traced layer, got 7'],
    ['gateHeatmap', [{}], 'value', 'values must hold tensors, got none'],
    ['gateHeatmap', [{ forgett: gate }], 'value', "hidden, reverse, got 'forgett'"],
    ['gateHeatmap', [{ toString: gate }], 'value', "hidden, reverse, got 'toString'"],
    ['gateHeatmap', [{ forget: 3 }], 'dtype', 'forget must be a Tensor of [batch, time, units], got 3'],
    [
      'gateHeatmap',
      [{ shape: [4, 3], data: gate.data }],
      'shape',
      'values must be [batch, time, units], got [4, 3]',
    ],
    ['gateHeatmap', [{ shape: [1, 4, 4], data: gate.data }], 'shape', '[1, 4, 4] = 16 values, got 12'],
    [
      'gateHeatmap',
      [gate, { sequence: 1 }],
      'value',
      'sequence must be below the batch of values = 1, got 1',
    ],
    ['gateHeatmap', [gate, { units: [0, 3] }], 'value', 'units[1] must be below 3, got 3'],
    [
      'gateHeatmap',
      [gate, { units: [0], order: 'peak' }],
      'value',
      "order must be 'index' where units have theirs, got 'peak'",
    ],
    [
      'gateHeatmap',
      [gate, { order: 'best' }],
      'value',
      "order must be one of 'index', 'peak', 'mean', got \"best\"",
    ],
    [
      'gateHeatmap',
      [gate, { steps: [2, 2] }],
      'value',
      'steps must be two integers in ascending order, up to 4, got 2, 2',
    ],
    ['gateHeatmap', [gate, { labels: ['a'] }], 'shape', 'labels must hold one for each of 4 steps, got 1'],
    [
      'gateHeatmap',
      [gate, { range: [1, 0] }],
      'value',
      'range must be two finite numbers in ascending order, got 1, 0',
    ],
    [
      'gateHeatmap',
      [gate, { unitNames: ['a'] }],
      'shape',
      'unitNames must hold one for each of 3 units, got 1',
    ],
    ['gateHeatmap', [gate, { colour: true }], 'value', "got 'colour'"],
    [
      'gateHeatmap',
      [gate, { theme: 'pink' }],
      'value',
      "theme must be one of 'auto', 'light', 'dark', got \"pink\"",
    ],
    ['gateHeatmap', [gate, { width: 100 }], 'value', 'width must be a number from 240 to 10000, got 100'],
    [
      'gateHeatmap',
      [gate, { width: 20, format: 'terminal' }],
      'value',
      'width must be a number from 40 to 10000, got 20',
    ],
    ['gateHeatmap', [gate, { title: 5 }], 'value', 'title must be a string, got 5'],
    ['gateHeatmap', [gate, null], 'value', 'options must be an object, got null'],
    ['cellLines', [gate, { units: [9] }], 'value', 'units[0] must be below 3, got 9'],
    ['cellLines', [[1, 2]], 'dtype', 'values must be a Tensor of [batch, time, units], got an array of 2'],
    ['lossCurve', [null], 'value', 'history must be an object, got null'],
    ['lossCurve', [{}], 'value', 'history.loss must be an array of numbers, got undefined'],
    ['lossCurve', [{ loss: [1, '2'] }], 'value', 'history.loss[1] must be a number, got "2"'],
    [
      'lossCurve',
      [{ loss: [1] }, { baselines: { naive: Number.NaN } }],
      'value',
      'baselines.naive must be a finite number, got NaN',
    ],
    ['lossCurve', [{ loss: [1] }, null], 'value', 'options must be an object, got null'],
    ['lossCurve', [{ loss: [1] }, { baselines: null }], 'value', 'baselines must be an object, got null'],
    ['gradientDistance', [{ a: [1] }, null], 'value', 'options must be an object, got null'],
    ['gradientDistance', [3], 'value', 'gradients must be an object of norms or tensors by name, got 3'],
    [
      'gradientDistance',
      [{ a: [1, 2] }, { distances: [1] }],
      'shape',
      'series[0].x must hold 2 values, got 1',
    ],
    [
      'histogram',
      ['abc'],
      'value',
      'values must be an array of numbers, a Tensor, or several by name, got "abc"',
    ],
    ['histogram', [[1, undefined]], 'value', 'values[1] must be a number, got undefined'],
    ['histogram', [[1], null], 'value', 'options must be an object, got null'],
    ['histogram', [[1], { bins: 0 }], 'value', 'bins must be an integer from 1 to 1000, got 0'],
    ['figure', [5], 'value', 'panels must be an array, got 5'],
    [
      'figure',
      [[{}]],
      'value',
      "panels[0].kind must be one of 'lines', 'heat', 'histogram', 'bars', got undefined",
    ],
    [
      'figure',
      [[{ kind: 'bars', bars: [{ name: 'a' }] }]],
      'value',
      'bars[0].value must be a finite number from -1e+300 to 1e+300, got undefined',
    ],
    [
      'figure',
      [[{ kind: 'bars', bars: [{ name: 'a', value: 1e308 }] }]],
      'value',
      'bars[0].value must be a finite number from -1e+300 to 1e+300, got 1e+308',
    ],
    [
      'figure',
      [[{ kind: 'lines', series: [], y: { min: -1e308, max: 1e308 } }]],
      'value',
      'y.min must be a finite number from -1e+300 to 1e+300, got -1e+308',
    ],
    [
      'figure',
      [[{ kind: 'lines', series: [], y: { min: 2, max: 1 } }]],
      'value',
      'y.max must be above panels[0].y.min = 2, got 1',
    ],
    [
      'figure',
      [[{ kind: 'lines', series: [], y: { scale: 'log', min: 0 } }]],
      'value',
      'must be above 0 on a logarithmic axis, got 0',
    ],
    [
      'figure',
      [[{ kind: 'heat', rows: [[1], [1, 2]], range: [0, 1], colors: 'sequential' }]],
      'shape',
      'rows[1] must hold 1 values, got 2',
    ],
    [
      'figure',
      [[{ kind: 'histogram', edges: [0, 1], counts: [1, 2] }]],
      'shape',
      'edges must hold 3 values, got 2',
    ],
    [
      'figure',
      [[{ kind: 'histogram', edges: [0, 0], counts: [1] }]],
      'value',
      'edges[1] must be a finite number above 0, got 0',
    ],
  ])('%s of %j: %s', (name, values, code, message) => {
    const error = errorOf(name, values);
    expect(error.code).toBe(code);
    expect(error.where).toBe(`plot.${name}`);
    expect(error.message).toContain(message);
  });

  it('arrays of other numbers', () => {
    const error = errorOf('histogram', [new BigInt64Array(1)]);
    expect(error.message).toBe('plot.histogram: values[0] must be a number, got 0n');
  });
});
