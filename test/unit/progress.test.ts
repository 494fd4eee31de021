/** The line that shows how far training is. */
import { describe, expect, it } from 'vitest';
import { type Host, registerHost } from '../../ts/backend/host.js';
import { ProgressLine, type ProgressState, progressLine } from '../../ts/training/progress.js';

const STATE: ProgressState = { epoch: 3, epochs: 20, batch: 40, batches: 160, values: { loss: 0.12345 } };

function drawn(mode: 'auto' | boolean, isTTY: boolean, columns?: number): string {
  let text = '';
  const write = (part: string) => {
    text += part;
    return true;
  };
  registerHost({ terminal: { isTTY, write, ...(columns && { columns }) } } as unknown as Host);
  const line = new ProgressLine(mode);
  line.batch(() => STATE);
  line.batch(() => STATE);
  line.epoch(() => STATE);
  line.close();
  return text;
}

describe('the line of progress', () => {
  it('says where training is, and how long it takes', () => {
    expect(progressLine(STATE, 4_000, false)).toBe(
      'Epoch 3/20 [=====               ] 40/160  loss 0.1235  eta 12 s',
    );
    const whole = { ...STATE, batch: 160, values: { loss: 1, valLoss: undefined, accuracy: 0.5 } };
    expect(progressLine(whole, 75_000, true)).toBe(
      `Epoch 3/20 [${'='.repeat(20)}] 160/160  loss 1.000  accuracy 0.5000  1:15 min`,
    );
  });

  it('is drawn over itself in a terminal, once in a while', () => {
    const lines = drawn('auto', true).split('\r\u001b[K');
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^Epoch 3\/20 .*eta/);
    expect(lines[2]).toMatch(/^Epoch 3\/20 .* s\n$/);
    expect(drawn('auto', true, 20)).toContain('\r\u001b[KEpoch 3/20 [=====  \r');
  });

  it('is not written where there is no terminal, unless it is asked for', () => {
    expect(drawn('auto', false)).toBe('');
    expect(drawn(false, true)).toBe('');
    expect(drawn(true, false)).toMatch(/^Epoch 3\/20 [^\r]*\n$/);
  });

  it('that is not complete ends when training does', () => {
    let text = '';
    registerHost({ terminal: { isTTY: true, write: (part: string) => (text += part) } } as unknown as Host);
    const line = new ProgressLine('auto');
    line.batch(() => STATE);
    line.close();
    line.close();
    expect(text).toMatch(/eta \d+ s\n$/);
  });
});
