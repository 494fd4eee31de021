/** LSTM, with coupled gates and with peepholes: one drawing, with what they leave out or add. */

import type { Item, Layout, Wire } from './layout';
import { wire } from './layout';

const [BELT, BUS, GATES, INNER] = [104, 366, 284, 196];
const [F, I, G, O, OUT] = [158, 250, 342, 434, 512];

const shared: Item[] = [
  { place: 'previousCell', shape: 'port', x: 39, y: BELT },
  { place: 'previousHidden', shape: 'port', x: 39, y: BUS },
  { place: 'x', shape: 'port', x: 112, y: 446 },
  { place: 'forget', shape: 'gate', x: F, y: GATES, sign: 'σ' },
  { place: 'candidate', shape: 'gate', x: G, y: GATES, sign: 'tanh' },
  { place: 'output', shape: 'gate', x: O, y: GATES, sign: 'σ' },
  { place: 'keep', shape: 'operation', x: F, y: BELT, sign: '×', label: [0, -27] },
  { place: 'write', shape: 'operation', x: G, y: INNER, sign: '×', label: [44, 6] },
  { place: 'sum', shape: 'operation', x: G, y: BELT, sign: '+', label: [0, -27] },
  { place: 'squashed', shape: 'operation', x: OUT, y: 164, sign: 'tanh', label: [-66, 6] },
  { place: 'out', shape: 'operation', x: OUT, y: 228, sign: '×' },
  { place: 'cell', shape: 'port', x: 601, y: BELT },
  { place: 'hidden', shape: 'port', x: 601, y: BUS },
];

const inputGate: Item = { place: 'input', shape: 'gate', x: I, y: GATES, sign: 'σ' };
const oneMinus: Item = { place: 'one', shape: 'operation', x: I, y: INNER, sign: '1−', label: [0, -25] };

const sharedWires: Wire[] = [
  wire.belt(`M76 ${BELT}H${F - 17}`),
  wire.belt(`M${F + 17} ${BELT}H${G - 17}`),
  wire.belt(`M${G + 17} ${BELT}H564`),
  wire.plain(`M76 ${BUS}H${O}V321`),
  wire.plain(`M112 414V${BUS}`, false),
  wire.plain(`M${F} ${BUS}V321`),
  wire.plain(`M${G} ${BUS}V321`),
  wire.plain(`M${F} 247V123`),
  wire.plain(`M${G} 247V215`),
  wire.plain(`M${G} 179V123`),
  wire.plain(`M${O} 247V228H493`),
  wire.plain(`M${OUT} ${BELT}V145`),
  wire.plain(`M${OUT} 181V209`),
  wire.plain(`M${OUT} 245V${BUS}H562`),
];

const inputWires: Wire[] = [wire.plain(`M${I} ${BUS}V321`), wire.plain(`M${I} 247V${INNER}H323`)];
const coupledWires: Wire[] = [wire.plain(`M${F} ${INNER}H231`), wire.plain(`M267 ${INNER}H323`)];
const peepholeWires: Wire[] = [
  wire.peephole(`M98 ${BELT}V344H${F - 18}V323`),
  wire.peephole(`M${F - 18} 344H${I - 18}V323`),
  wire.peephole(`M478 ${BELT}V${GATES}H473`),
];

const body = [82, 50, 558, 408] as const;
const joints = [
  [112, BUS],
  [F, BUS],
  [G, BUS],
  [OUT, BELT],
] as const;

export const lstm: Layout = {
  height: 480,
  body,
  wires: [...sharedWires, ...inputWires],
  items: [...shared, inputGate],
  joints: [...joints, [I, BUS]],
};

export const coupled: Layout = {
  height: 480,
  body,
  wires: [...sharedWires, ...coupledWires],
  items: [...shared, oneMinus],
  joints: [...joints, [F, INNER]],
};

export const peephole: Layout = {
  ...lstm,
  wires: [...lstm.wires, ...peepholeWires],
  joints: [...lstm.joints, [98, BELT], [478, BELT]],
};
