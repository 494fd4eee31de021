/** Learning rates against those of torch's schedulers. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Rates, scheduleReader } from '../../ts/training/schedule.js';
import { ROOT } from './examples.js';

interface Golden {
  name: string;
  schedule: unknown;
  lr: number;
  updatesPerEpoch: number;
  losses: number[];
  rates: number[];
}

const FOLDER = path.join(ROOT, 'test/golden/schedules');
const GOLDEN = readdirSync(FOLDER).map(
  (file): Golden => JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')),
);

function open({ schedule, lr, updatesPerEpoch, losses }: Golden): Rates {
  const course = { lr, updatesPerEpoch, updates: updatesPerEpoch * losses.length };
  return scheduleReader('test', 'schedule', schedule)(course);
}

describe.each(GOLDEN)('$name', (golden) => {
  const { updatesPerEpoch, losses, rates } = golden;

  /** All rates; before each epoch of `restarts` the schedule is opened anew with what it saved. */
  function run(restarts: readonly number[]): number[] {
    let schedule = open(golden);
    return losses.flatMap((loss, epoch) => {
      if (restarts.includes(epoch)) {
        const saved = JSON.parse(JSON.stringify(schedule.save()));
        schedule = open(golden);
        schedule.restore(saved);
      }
      const own = Array.from({ length: updatesPerEpoch }, (_, index) =>
        schedule.at(epoch * updatesPerEpoch + index, epoch),
      );
      schedule.report(loss);
      return own;
    });
  }

  it('gives the rates of torch', () => {
    run([]).forEach((rate, update) => {
      const expected = rates[update] ?? Number.NaN;
      expect(Math.abs(rate - expected), `update ${update}: ${rate}, not ${expected}`).toBeLessThan(1e-12);
    });
  });

  it('goes on bit by bit from what it saved', () => {
    const whole = run([]);
    expect(run([0, 1, 7, 12])).toEqual(whole);
  });
});

describe('a schedule', () => {
  const course = { lr: 0.5, updates: 10, updatesPerEpoch: 5 };
  const read = (schedule: unknown) => scheduleReader('sequential.fit', 'schedule', schedule)(course);

  it('is constant if left out', () => {
    expect([0, 3, 99].map((update) => read(undefined).at(update, 2))).toEqual([0.5, 0.5, 0.5]);
  });

  it('stays where it ended when there are more updates', () => {
    expect(read('cosine').at(50, 10)).toBe(0);
    const cycle = read({ kind: 'oneCycle', finalDivFactor: 10 });
    expect(cycle.at(50, 10)).toBeCloseTo(0.5 / 25 / 10, 12);
    expect(cycle.at(50, 10)).toBe(cycle.at(9, 1));
  });

  it('begins high where there is no time to rise', () => {
    expect(read({ kind: 'oneCycle', pctStart: 0 }).at(0, 0)).toBeGreaterThan(0.4);
    expect(read({ kind: 'oneCycle', steps: 1, pctStart: 1 }).at(0, 0)).toBeGreaterThan(0);
  });

  it.each([
    [
      'poly',
      /schedule must be one of 'constant', 'step', 'cosine', 'warmup', 'oneCycle', 'plateau', got "poly"/,
    ],
    [{ kind: 'poly' }, /schedule\.kind must be one of/],
    [3, /schedule must be one of/],
    ['step', /schedule\.every must be an integer from 1/],
    [{ kind: 'step', every: 0 }, /schedule\.every/],
    [{ kind: 'cosine', power: 2 }, /schedule may be kind, steps, epochs, min, got 'power'/],
    [{ kind: 'oneCycle', pctStart: 1.5 }, /schedule\.pctStart must be a finite number from 0 to 1/],
    [{ kind: 'plateau', factor: Number.NaN }, /schedule\.factor/],
    [{ kind: 'warmup', steps: 2, next: 'later' }, /schedule\.next must be one of/],
  ])('refuses %j', (schedule, message) => {
    expect(() => read(schedule)).toThrow(message);
  });
});
