/** GRU as Cho et al. drew it: the reset gate acts before the product. */

import { type Layout, wire } from './layout';

const [BELT, BUS, LOWER, GATES, INNER] = [104, 352, 384, 284, 196];
const [R, Z, N] = [180, 316, 470];

export const gru: Layout = {
  height: 480,
  body: [82, 50, 558, 408],
  wires: [
    wire.belt(`M76 ${BELT}H${Z - 17}`),
    wire.belt(`M${Z + 17} ${BELT}H${N - 17}`),
    wire.belt(`M${N + 17} ${BELT}H564`),
    wire.plain(`M104 ${BELT}V${BUS}H${Z}V321`),
    wire.plain(`M104 ${INNER}H161`),
    wire.plain(`M134 414V${BUS}`, false),
    wire.plain(`M171 446H236V${LOWER}`, false),
    wire.plain(`M${R} ${BUS}V321`),
    wire.plain(`M${R} 247V215`),
    wire.plain(`M197 ${INNER}H236V${LOWER}H${N}V321`),
    wire.plain(`M${Z} 247V123`),
    wire.plain(`M${Z} ${INNER}H373`),
    wire.plain(`M409 ${INNER}H451`),
    wire.plain(`M${N} 247V215`),
    wire.plain(`M${N} 179V123`),
  ],
  items: [
    { place: 'previousHidden', shape: 'port', x: 39, y: BELT },
    { place: 'x', shape: 'port', x: 134, y: 446 },
    { place: 'reset', shape: 'gate', x: R, y: GATES, sign: 'σ' },
    { place: 'update', shape: 'gate', x: Z, y: GATES, sign: 'σ' },
    { place: 'candidate', shape: 'gate', x: N, y: GATES, sign: 'tanh' },
    { place: 'resetHidden', shape: 'operation', x: R, y: INNER, sign: '×', label: [0, -25] },
    { place: 'keep', shape: 'operation', x: Z, y: BELT, sign: '×', label: [0, -27] },
    { place: 'one', shape: 'operation', x: 391, y: INNER, sign: '1−', label: [0, -25] },
    { place: 'write', shape: 'operation', x: N, y: INNER, sign: '×', label: [44, 6] },
    { place: 'sum', shape: 'operation', x: N, y: BELT, sign: '+', label: [0, -27] },
    { place: 'hidden', shape: 'port', x: 601, y: BELT },
  ],
  joints: [
    [104, BELT],
    [104, INNER],
    [134, BUS],
    [R, BUS],
    [Z, INNER],
    [236, LOWER],
  ],
};
