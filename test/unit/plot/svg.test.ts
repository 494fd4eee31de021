/** Pictures as SVG: well-formed, complete, and true to their data. */
import { cellLines, figure, gateHeatmap, histogram, lossCurve } from 'cellgate/plot';
import { describe, expect, it } from 'vitest';
import { FIGURES, steps } from './figures.js';
import { all, classesOf, heatMaps, linesOf, parse, textsOf } from './svg.js';

const VARIANTS = [
  {},
  { theme: 'light' },
  { theme: 'dark', width: 240 },
  { width: 2000, height: 300 },
] as const;

describe.each(Object.entries(FIGURES))('%s', (_name, draw) => {
  it.each(VARIANTS)('is a whole picture with %o', (options) => {
    const svg = draw(options);
    expect(draw(options)).toBe(svg);
    const root = parse(svg);
    expect(root.attributes.role).toBe('img');
    const [title, desc, style] = root.children;
    expect([title?.name, desc?.name, style?.name]).toEqual(['title', 'desc', 'style']);
    expect(title?.text).not.toBe('');
    const [, , width, height] = (root.attributes.viewBox ?? '').split(' ').map(Number) as [
      number,
      number,
      number,
      number,
    ];
    expect([root.attributes.width, root.attributes.height].map(Number)).toEqual([width, height]);

    for (const element of all(root)) {
      expect(['svg', 'title', 'desc', 'style', 'rect', 'path', 'text', 'circle', 'g']).toContain(
        element.name,
      );
      for (const [name, value] of Object.entries(element.attributes)) {
        if (name !== 'class')
          expect(value, `${element.name} ${name}`).not.toMatch(/NaN|Infinity|undefined|null/);
      }
      // What has a name could be meant by another picture of the page.
      expect(element.attributes.id).toBeUndefined();
      if (element.name !== 'text') continue;
      expect(element.text.trim()).toBe(element.text);
      const [x, y] = [Number(element.attributes.x), Number(element.attributes.y)];
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(width);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThanOrEqual(height);
    }
  });

  it('has a colour for every class, by rules that touch nothing else of a page', () => {
    const root = parse(draw({}));
    const style = root.children[2]?.text ?? '';
    const [light = '', dark = ''] = style.split('@media (prefers-color-scheme:dark)');
    for (const [, selector = ''] of style.matchAll(/([^{}]+)\{[^{}]*\}/g)) {
      if (!selector.startsWith('@')) expect(selector.trim()).toMatch(/^\.cellgate-plot-auto [.\w-]+$/);
    }
    const used = new Set(all(root).slice(1).flatMap(classesOf));
    const plain = ['title', 'panel', 'line', 'rule', 'solid', 'cells'];
    for (const name of used) {
      if (plain.includes(name)) continue;
      expect(light, name).toContain(`.${name}{`);
      if (!['dashed', 'dotted'].includes(name)) expect(dark, name).toContain(`.${name}{`);
    }
  });
});

/** What stands on the left of heat maps. */
const rowNamesOf = (svg: string): string[] =>
  all(parse(svg))
    .filter(
      ({ attributes, text }) =>
        attributes['text-anchor'] === 'end' && Number(attributes.x) < 50 && text !== 'unit',
    )
    .map(({ text }) => text);

describe('a heat map', () => {
  const tensor = steps(7, 3, (step, unit) => (step + 10 * unit) / 40);

  it('has the colour of each value at its place', () => {
    const [cells] = heatMaps(gateHeatmap(tensor));
    expect(cells).toHaveLength(3);
    cells?.forEach((row, unit) => {
      expect(row).toHaveLength(7);
      row.forEach((name, step) => {
        expect(name, `unit ${unit}, step ${step}`).toBe(`q${Math.round((64 * (step + 10 * unit)) / 40)}`);
      });
    });
  });

  it('has two colours to both sides of 0 for signed values', () => {
    const [cells] = heatMaps(gateHeatmap(steps(5, 1, (step) => step - 2)));
    expect(cells).toEqual([['d0', 'd16', 'd32', 'd48', 'd64']]);
  });

  it('takes the units, steps and range that are asked for', () => {
    const svg = gateHeatmap(tensor, {
      units: [2, 0],
      steps: [1, 4],
      range: [0, 0.5],
      labels: [...'abc fg'].concat('h'),
    });
    const [cells] = heatMaps(svg);
    expect(cells).toEqual([
      ['q64', 'q64', 'q64'],
      ['q3', 'q6', 'q10'],
    ]);
    // Units on the left, marks below: a space is shown.
    expect(textsOf(svg)).toEqual(expect.arrayContaining(['2', '0', 'b', 'c', '␣']));
    expect(textsOf(svg)).not.toContain('a');
  });

  it('orders units by the step of their peak, alike in all panels', () => {
    const cell = steps(6, 3, (step, unit) => -Math.abs(step - [4, 0, 2][unit]!));
    const forget = steps(6, 3, (_, unit) => unit / 4);
    const svg = gateHeatmap({ forget, cell }, { order: 'peak' });
    const [first] = heatMaps(svg);
    expect(first?.map(([name]) => name)).toEqual(['q16', 'q32', 'q0']);
    expect(rowNamesOf(svg).slice(0, 3)).toEqual(['1', '2', '0']);
  });

  it('shows both directions', () => {
    const texts = textsOf(gateHeatmap({ hidden: tensor, reverse: { hidden: tensor } }));
    expect(texts).toEqual(expect.arrayContaining(['Hidden state h', 'Hidden state h, from the end']));
  });

  it('marks what is no number and says so', () => {
    const svg = gateHeatmap(steps(3, 1, (step) => (step === 1 ? Number.NaN : 0.5)));
    expect(heatMaps(svg)[0]).toEqual([['q32', 'missing', 'q32']]);
    expect(textsOf(svg)).toContain('no number');
  });

  it('merges what is finer than it, and says so', () => {
    const svg = gateHeatmap(steps(5000, 200, (step) => (step < 2500 ? 0 : 1)));
    const [cells] = heatMaps(svg);
    expect(cells?.length).toBeLessThanOrEqual(160);
    expect(cells?.[0]?.length).toBeLessThanOrEqual(500);
    expect([cells?.[0]?.[0], cells?.[0]?.at(-1)]).toEqual(['q0', 'q64']);
    expect(textsOf(svg).some((text) => /means of up to \d+ steps and \d units/.test(text))).toBe(true);
    expect(svg.length).toBeLessThan(100_000);
  });
});

describe('lines', () => {
  /** Value of a height in a plot, from the texts of its left axis. */
  function scaleOf(svg: string): (pixel: number) => number {
    const root = parse(svg);
    const plot = all(root).filter(({ name }) => name === 'svg')[1];
    const top = Number(plot?.attributes.y) + 3;
    const marks = all(root)
      .filter(({ name, attributes }) => name === 'text' && attributes['text-anchor'] === 'end')
      .map(
        ({ attributes, text }) => [Number(attributes.y) - 4 - top, Number(text.replace('−', '-'))] as const,
      )
      .filter(([, value]) => Number.isFinite(value));
    const [[y0, v0], [y1, v1]] = [marks[0]!, marks.at(-1)!];
    return (pixel) => v0 + ((pixel - y0) / (y1 - y0)) * (v1 - v0);
  }

  it('go through their values', () => {
    const values = [0.3, -1.7, 2.2, 0.9];
    const svg = cellLines(steps(4, 1, (step) => values[step]!));
    const valueAt = scaleOf(svg);
    const [{ runs }] = linesOf(svg) as [ReturnType<typeof linesOf>[0]];
    expect(runs).toHaveLength(1);
    runs[0]?.forEach(([, y], step) => {
      expect(valueAt(y)).toBeCloseTo(values[step]!, 1);
    });
    const places = runs[0]?.map(([x]) => x) ?? [];
    expect(places[2]! - places[1]!).toBeCloseTo(places[1]! - places[0]!, 0);
  });

  it('break where there is no number, and a value by itself is a ring', () => {
    const values = [1, 2, Number.NaN, 3, Number.POSITIVE_INFINITY, 2, 1];
    const svg = cellLines(steps(7, 1, (step) => values[step]!));
    expect(linesOf(svg)[0]?.runs.map(({ length }) => length)).toEqual([2, 2]);
    expect(all(parse(svg)).filter(({ name }) => name === 'circle')).toHaveLength(1);
  });

  it('keep every peak of many values', () => {
    const y = new Float32Array(200_000);
    y[123_456] = 1;
    y[177_777] = -1;
    const svg = figure([{ kind: 'lines', series: [{ name: 'spikes', y }] }]);
    const heights =
      linesOf(svg)[0]
        ?.runs.flat()
        .map(([, height]) => height) ?? [];
    expect(svg.length).toBeLessThan(60_000);
    expect([Math.min(...heights), Math.max(...heights)]).toEqual([0, 220]);
  });

  it('are those of the units that move most, unless told which', () => {
    const many = steps(10, 50, (step, unit) => (unit % 7 === 0 ? step * unit : 0));
    const units = (svg: string): string[] => textsOf(svg).filter((text) => text.startsWith('unit '));
    expect(units(cellLines(many))).toEqual([14, 21, 28, 35, 42, 49].map((unit) => `unit ${unit}`));
    expect(units(cellLines(many, { units: [3, 1] }))).toEqual(['unit 3', 'unit 1']);
  });

  it('of more groups than colours differ by their stroke', () => {
    const series = Array.from({ length: 18 }, (_, k) => ({ name: `line ${k}`, y: [k, k + 1] }));
    const looks = linesOf(figure([{ kind: 'lines', series }])).map(({ className }) => className);
    expect(new Set(looks).size).toBe(18);
  });
});

describe('a loss curve', () => {
  it('names the lowest loss of validation, and what to compare with', () => {
    const history = { loss: [2, 1, 0.5], valLoss: [2.1, 1.5, 1.6], accuracy: [0.2, 0.4, 0.6] };
    const texts = textsOf(lossCurve(history, { baselines: { 'seasonal naive': 1.8 } }));
    expect(texts).toEqual(
      expect.arrayContaining([
        'lowest in validation: 1.5 after epoch 2',
        'seasonal naive',
        'epoch',
        'accuracy',
      ]),
    );
  });
});

describe('a histogram', () => {
  it('counts every value once', () => {
    const values = Array.from({ length: 1000 }, (_, at) => Math.sin(at * at));
    const svg = histogram([...values, Number.NaN], { bins: 10 });
    const description = parse(svg).children[1]?.text;
    expect(description).toMatch(/^1,000 values from −1 to 1 in 10 intervals\.$/);
    expect(textsOf(svg)).toContain('without 1 of 1001 values, which are not finite');
  });

  it.each([
    [[0, 1e-320], {}],
    [[1e-310, 2e-310], {}],
    [[1e16, 1e16 + 2], { bins: 20 }],
    [[-1e300, 1e300], { bins: 1000 }],
  ])('is drawn of values as near or far as %j', (values, options) => {
    const svg = histogram(values, options);
    parse(svg);
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(svg).toContain('2 values from');
  });

  it('has bars as high as counts', () => {
    const bars = all(parse(histogram([0, 0, 0, 1, 1, 2, 4], { bins: 4, height: 100 }))).filter((element) =>
      classesOf(element).includes('f0'),
    );
    const heights = bars.map(({ attributes }) => Number(attributes.height));
    expect(heights.map((height) => height / heights[0]!)).toEqual([
      1,
      expect.closeTo(2 / 3, 2),
      expect.closeTo(1 / 3, 2),
      expect.closeTo(1 / 3, 2),
    ]);
  });
});
