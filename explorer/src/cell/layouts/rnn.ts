/** The plain recurrent network: everything it knows goes through one tanh at every step. */

import { type Layout, wire } from './layout';

export const rnn: Layout = {
  height: 330,
  body: [82, 50, 558, 258],
  wires: [wire.plain('M76 154H281'), wire.plain('M180 264V154', false), wire.plain('M357 154H562')],
  items: [
    { place: 'previousHidden', shape: 'port', x: 39, y: 154 },
    { place: 'x', shape: 'port', x: 180, y: 296 },
    { place: 'hidden', shape: 'gate', x: 320, y: 154, sign: 'tanh' },
    { place: 'out', shape: 'port', x: 601, y: 154 },
  ],
  joints: [[180, 154]],
};
