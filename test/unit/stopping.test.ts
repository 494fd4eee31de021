import { describe, expect, it } from 'vitest';
import { Stopping } from '../../ts/training/stopping.js';

function epochsUntilOver(losses: readonly number[], options: { patience: number; minDelta: number }): number {
  const stopping = new Stopping(options);
  const at = losses.findIndex((loss) => {
    stopping.report(loss);
    return stopping.isOver;
  });
  return at < 0 ? losses.length + 1 : at + 1;
}

describe('early stopping', () => {
  it('waits for patience epochs in a row without a lower loss', () => {
    const losses = [5, 4, 4.5, 4.4, 3.9, 4, 4, 4, 4];
    expect(epochsUntilOver(losses, { patience: 3, minDelta: 0 })).toBe(8);
    expect(epochsUntilOver(losses, { patience: 2, minDelta: 0 })).toBe(4);
    expect(epochsUntilOver(losses, { patience: 9, minDelta: 0 })).toBe(10);
  });

  it('is over at the first epoch without a lower loss for a patience of 0 or 1', () => {
    for (const patience of [0, 1]) expect(epochsUntilOver([3, 2, 1, 1], { patience, minDelta: 0 })).toBe(4);
  });

  it('counts a loss that is lower by minDelta only', () => {
    expect(epochsUntilOver([3, 2.9, 2.8, 2.7], { patience: 2, minDelta: 0.15 })).toBe(5);
    expect(epochsUntilOver([3, 2.9, 2.8, 2.7], { patience: 2, minDelta: 0.5 })).toBe(3);
  });

  it('tells the best epoch, and goes on from what it saved', () => {
    const losses = [3, 2, 2.5, 1, 4, 4];
    const whole = new Stopping({ patience: 2, minDelta: 0 });
    expect(losses.map((loss) => whole.report(loss))).toEqual([true, true, false, true, false, false]);
    let parts = new Stopping({ patience: 2, minDelta: 0 });
    const told = losses.map((loss) => {
      const saved = JSON.parse(JSON.stringify(parts.save()));
      parts = new Stopping({ patience: 2, minDelta: 0 });
      parts.restore(saved);
      return parts.report(loss);
    });
    expect(told).toEqual([true, true, false, true, false, false]);
    expect([whole.isOver, parts.isOver]).toEqual([true, true]);
  });
});
