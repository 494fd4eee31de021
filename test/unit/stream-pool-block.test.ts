/** A member that cannot leave for want of memory is still one, and so are all others. */
import { expect, it, vi } from 'vitest';
import { CellgateError } from '../../ts/errors.js';
import { PoolMember } from '../../ts/stream-pool.js';
import type { StreamBatch } from '../../ts/stream-pool-batch.js';
import { PoolBlock } from '../../ts/stream-pool-block.js';

const WHERE = 'lstm.streamPool.leave';
const refusal = new CellgateError('memory', WHERE, 'the frames must fit', 'none');

/** Rows of which nothing is computed. */
function batchOf(rows: number): StreamBatch {
  const nothing = () => new Float32Array(1);
  const calls = ['open', 'close', 'readStates', 'writeStates', 'copyState', 'setState', 'setFrame'];
  const batch = { rows, isOpen: true, frameOf: nothing, stateOf: nothing };
  return Object.assign(batch, Object.fromEntries(calls.map((call) => [call, vi.fn()]))) as never;
}

it('changes no seat where a smaller batch cannot be had', () => {
  const open = vi.fn((_: string, rows: number) => batchOf(rows));
  const block = new PoolBlock(WHERE, { open, borrow: open }, 1);
  const [first] = block.seats;
  const last = block.append(WHERE, 1);
  block.give(WHERE, last, new Float32Array(1));
  if (!first) return expect.fail('a block has a first seat');
  open.mockImplementationOnce(() => {
    throw refusal;
  });
  expect(() => block.removeLast(WHERE, first, true)).toThrow(refusal);
  expect(block.seats).toEqual([first, last]);
  expect([first.row, last.row, last.hasFrame]).toEqual([0, 1, true]);
  block.removeLast(WHERE, first, true);
  expect(block.seats).toEqual([last]);
  expect([last.row, last.hasFrame]).toEqual([0, true]);
});

it('is a member until it has left', () => {
  const remove = vi.fn();
  remove.mockImplementationOnce(() => {
    throw refusal;
  });
  const open = (_: string, rows: number) => batchOf(rows);
  const [seat] = new PoolBlock(WHERE, { open, borrow: open }, 1).seats;
  if (!seat) return expect.fail('a block has a first seat');
  const plan = { where: 'lstm.streamPool', dtype: 'float32', inputSize: 1, layouts: [] };
  const member = new PoolMember(plan as never, seat, remove);
  expect(() => member.leave()).toThrow(refusal);
  member.push(new Float32Array(1));
  member.leave();
  member.leave();
  expect(remove).toHaveBeenCalledTimes(2);
});
