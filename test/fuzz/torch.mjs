/** Checkpoints and safetensors. */

import { loadTorch } from 'cellgate/torch';
import { faultOfDict, seedsOf } from './harness/check.mjs';
import { mutateJson, rewritten, swellJson } from './harness/json.mjs';
import { concat, insertPiece, latin, mutateBytes } from './harness/mutate.mjs';
import { damageZip, entryLike, mutateZip, swellZip, withEntry, writeZip } from './harness/zip.mjs';

/** Pieces of pickles: calls, marks, memory, large lengths. */
const PIECES = [
  'cos\nsystem\n',
  'cbuiltins\neval\n',
  '(',
  ')',
  'R',
  'b',
  '}',
  ']',
  '0',
  '1',
  '.',
  'u',
  'e',
  'a',
  's',
  't',
  'N',
  'Q',
  'h\x00',
  'h\xff',
  'q\x01',
  'X\xff\xff\xff\xff',
  'X\x02\x00\x00\x00ab',
  '\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f',
  'J\xff\xff\xff\xff',
  'M\xff\xff',
  'K\x00',
  '\x85',
  '\x86',
  '\x87',
  '\x81',
  '\x93',
  '\x94',
  '\x8b\xff\xff\xff\x7f',
  'ccollections\nOrderedDict\n',
  'ctorch._utils\n_rebuild_tensor_v2\n',
  'ctorch\nFloatStorage\n',
  'X\x07\x00\x00\x00storage',
].map(latin);

function changeEntry(random, name, data) {
  if (name.endsWith('data.pkl')) {
    let changed = data;
    for (let rest = random.size(3); rest >= 0; rest--) changed = insertPiece(random, changed, PIECES);
    return random.below(2) === 0 ? changed : mutateBytes(random, data, [data]);
  }
  return mutateBytes(random, data, [latin('little'), data]);
}

const isArchive = (bytes) => bytes[0] === 0x50;
const isPickle = (bytes) => bytes[0] === 0x80;
const PICKLE = /data\.pkl$/;

/** A number as the bytes of a text, the lowest first. */
const little = (value, count) =>
  String.fromCharCode(
    ...Array.from({ length: count }, (_, at) => Number((BigInt(value) >> BigInt(8 * at)) & 255n)),
  );
const text = (value) => `X${little(value.length, 4)}${value}`;

/** A number, a text, or what is a pickle's already, in an array of one. */
function item(value) {
  if (Array.isArray(value)) return value[0];
  if (typeof value === 'string') return text(value);
  return Number.isInteger(value) ? `\x8a\x08${little(value, 8)}` : 'G?\xe0\x00\x00\x00\x00\x00\x00';
}

const tuple = (values) => `(${values.map(item).join('')}t`;
const storageOf = ({ type, key, count }) =>
  `(${text('storage')}ctorch\n${type}\n${item(key)}${text('cpu')}${item(count)}tQ`;
const dictionary = (entries) => `}(${entries.map(([name, value]) => text(name) + value).join('')}u.`;

function pickled(tensor) {
  const { offset, sizes, strides } = tensor;
  const place = [storageOf(tensor), item(offset), tuple(sizes), tuple(strides)].join('');
  return `ctorch._utils\n_rebuild_tensor_v2\n(${place}\x89NtR`;
}

const WIDTHS = {
  FloatStorage: 4,
  DoubleStorage: 8,
  HalfStorage: 2,
  BFloat16Storage: 2,
  LongStorage: 8,
  BoolStorage: 1,
};

function checkpoint(pickle, data) {
  const entries = [{ name: 'a/data.pkl', data: latin(pickle) }];
  for (const [key, bytes] of Object.entries(data)) entries.push({ name: `a/data/${key}`, data: bytes });
  return writeZip(entries);
}

/** A tensor somewhere in its storage, of zeros. */
function tensorOf(random) {
  const sizes = Array.from({ length: random.below(4) }, () => 1 + random.below(4));
  const strides = [];
  let stride = 1;
  for (const size of [...sizes].reverse()) {
    strides.unshift(stride);
    stride *= size + random.below(2);
  }
  const offset = random.below(3);
  const last = sizes.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], offset);
  const type = random.pick(['FloatStorage', 'DoubleStorage', 'HalfStorage', 'BFloat16Storage']);
  return { type, key: '0', count: last + 1 + random.below(3), offset, sizes, strides, last };
}

const zerosOf = ({ type, count }) => new Uint8Array(count * (WIDTHS[type] ?? 4));

/** A list in itself. */
const CIRCLE = [']q\x63h\x63a'];
const ABSURD = [-1, 0.5, 2 ** 31, 2 ** 40, 2 ** 53 - 1, 2 ** 53, 'x', CIRCLE, ['N']];

/** A file of one tensor, or of two, that cannot be. */
function damageTensor(random) {
  const tensor = tensorOf(random);
  const data = { 0: zerosOf(tensor) };
  const { count, offset, sizes, strides, last, type } = tensor;
  const file = (changes) => checkpoint(dictionary([['w', pickled({ ...tensor, ...changes })]]), data);
  const withAt = (list, at, value) => list.map((other, index) => (index === at ? value : other));
  const axis = random.below(sizes.length);
  const absurd = random.pick(ABSURD);
  const width = WIDTHS[type];
  return random.pick([
    () => file({ offset: offset + count - last + random.size(1000) }),
    () => file({ offset: absurd }),
    () => file({ count: absurd }),
    () => file({ count: count + 1 + random.size(1000) }),
    () => file({ key: random.pick(['1', '', '../0', 5, CIRCLE]) }),
    () => file({ type: random.pick(['ComplexFloatStorage', 'QUInt8Storage', 'UntypedStorage', 'load']) }),
    // Whole numbers, of which there are no weights.
    () => {
      const whole = { ...tensor, type: random.pick(['LongStorage', 'BoolStorage']) };
      return checkpoint(dictionary([['w', pickled(whole)]]), { 0: zerosOf(whole) });
    },
    () => {
      const infinite = data[0].fill(255, offset * width, (offset + 1) * width);
      return checkpoint(dictionary([['w', pickled(tensor)]]), { 0: infinite });
    },
    () => file({ sizes: [...sizes, random.pick([-1, 2 ** 40, 2 ** 53, 'x'])], strides: [...strides, 1] }),
    () => file({ sizes: Array(65).fill(1), strides: Array(65).fill(1) }),
    () => file({ strides: [...strides, 1] }),
    () => (sizes.length === 0 ? undefined : file({ sizes: withAt(sizes, axis, absurd) })),
    () => (sizes[axis] > 1 ? file({ strides: withAt(strides, axis, absurd) }) : undefined),
    () => {
      const both = ['a.weight_ih', 'a.weight_ih_l0'].map((name) => [name, pickled(tensor)]);
      return checkpoint(dictionary(both), data);
    },
  ])();
}

const CALLED = [
  'os.system',
  'posix.system',
  'nt.system',
  'builtins.eval',
  'builtins.exec',
  '__builtin__.eval',
  'subprocess.Popen',
  'builtins.getattr',
  'torch.load',
  'torch._utils.__import__',
  'torch.storage._load_from_bytes',
  'collections.OrderedDict.__class__',
  'numpy.core.multiarray._reconstruct',
  '__proto__.constructor',
  '.',
];

/** A pickle that calls something where it begins or ends. */
function damagePickle(random, pickle) {
  const name = random.pick(CALLED);
  const [module, own] = [name.slice(0, name.lastIndexOf('.')), name.slice(name.lastIndexOf('.') + 1)];
  const found = random.pick([`c${module}\n${own}\n`, `${text(module)}${text(own)}\x93`]);
  const call = random.pick(['(X\x02\x00\x00\x00idtR0', '(X\x02\x00\x00\x00idt\x810', ')R}b0', '0']);
  const instance = `(X\x02\x00\x00\x00idi${module}\n${own}\n0`;
  const piece = latin(random.below(4) === 0 ? instance : found + call);
  const at = random.below(2) === 0 ? 2 : pickle.length - 1;
  return random.below(4) === 0
    ? pickle.slice(0, random.below(pickle.length))
    : concat(pickle.subarray(0, at), piece, pickle.subarray(at));
}

function damageArchive(random, bytes) {
  const { name, data } = entryLike(bytes, PICKLE) ?? {};
  return random.pick([
    () => damageTensor(random),
    () => damageZip(random, bytes, PICKLE),
    () => (data === undefined ? undefined : withEntry(bytes, name, damagePickle(random, data))),
  ])();
}

const headerEnd = (bytes) => 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));

/** A safetensors file with another header. */
function withHeader(bytes, change) {
  const end = headerEnd(bytes);
  const header = change(bytes.subarray(8, end));
  return header && concat(latin(little(header.length, 8)), header, bytes.subarray(end));
}

const SAFE_WIDTHS = { F64: 8, F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, U8: 1, BOOL: 1 };

function damageSafe(random, bytes) {
  const end = headerEnd(bytes);
  const change = (header) => {
    const { __metadata__, ...tensors } = header;
    const own = random.pick(Object.values(tensors));
    const { shape, data_offsets: places } = own;
    const at = random.below(2);
    return random.pick([
      () => {
        const isOther = (name) => SAFE_WIDTHS[name] !== SAFE_WIDTHS[own.dtype];
        own.dtype = random.pick([...Object.keys(SAFE_WIDTHS).filter(isOther), 'f32', 'F8_E4M3', '', null]);
      },
      () => {
        shape.push(random.pick([2, 0, -1, 0.5, 2 ** 31, 2 ** 53, null, '1']));
      },
      () => {
        places[at] += random.pick([-1, 1, 4, 2 ** 31, 2 ** 40, 2 ** 53]);
      },
      () => {
        places.reverse();
      },
      () => {
        header.again = own;
      },
      () => {
        delete own[random.pick(Object.keys(own))];
      },
      () => {
        header.__metadata__ = random.pick([{ a: 1 }, [], null, { a: {} }]);
      },
    ])();
  };
  return random.pick([
    () => bytes.slice(0, random.below(bytes.length)),
    () => concat(bytes, new Uint8Array(1 + random.size(64))),
    () =>
      concat(
        latin(little(random.pick([0, end - 9, end - 7, 2 ** 40, 2n ** 63n, 2n ** 64n - 1n]), 8)),
        bytes.subarray(8),
      ),
    () => withHeader(bytes, (header) => rewritten(header, change)),
  ])();
}

/** What a short pickle can have very often: [what stands before, what is repeated, what ends it]. */
const OFTEN = [
  ...[
    '}',
    ']',
    ')',
    '(',
    'N',
    'K\x01\x85',
    'N\x94',
    'X\x00\x00\x00\x00',
    'X\x02\x00\x00\x00ab',
    'B\x00\x00\x00\x00',
  ].map((piece) => ['', piece, '.']),
  ['', '\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f', '.'],
  ['', 'ccollections\nCounter\n)R', '.'],
  ['ccollections\nOrderedDict\nq\x01', 'h\x01)R', '.'],
  ['}(K\x00', 'N\x85', 'u.'],
  [']', 'Na', '.'],
  ['](', 'N', 'e.'],
];

/** Tensors by the thousand, of one storage. */
function manyTensors(random, count) {
  const tensor = { ...tensorOf(random), type: 'FloatStorage', key: 'k'.repeat(random.size(60_000)) };
  const { offset, sizes, strides, key } = tensor;
  const before = `ctorch._utils\n_rebuild_tensor_v2\nq\x01${text(key)}q\x020`;
  const stored = `(${text('storage')}ctorch\nFloatStorage\nh\x02${text('cpu')}${item(tensor.count)}tQ`;
  const rebuilt = `h\x01(${stored}${item(offset)}${tuple(sizes)}${tuple(strides)}\x89NtR`;
  const once = `h\x01(h\x03${item(offset)}${tuple(sizes)}${tuple(strides)}\x89NtR`;
  const [first, each] = random.pick([
    ['', rebuilt],
    [`${stored}q\x030`, once],
    [`${rebuilt}q\x030`, 'h\x03'],
  ]);
  const pairs = Array.from({ length: count / 8 }, (_, index) => text(String(index)) + each);
  return checkpoint(`${before}0${first}}(${pairs.join('')}u.`, { [key]: zerosOf(tensor) });
}

function swellPickle(random, bytes) {
  const count = random.size(2 ** 21);
  if (random.below(4) === 0) return manyTensors(random, Math.min(count, 2 ** 19));
  const [before, piece, end] = random.pick(OFTEN);
  const pickle = latin(before + piece.repeat(Math.min(count, 2 ** 24 / piece.length)) + end);
  const isPacked = random.below(2) === 0;
  return writeZip([
    ...(random.below(2) === 0 ? [] : [{ name: 'a/b', data: bytes }]),
    { name: 'a/data.pkl', data: pickle, isPacked },
  ]);
}

export default {
  name: 'torch',
  seeds: () => seedsOf('torch', /\.(pt|pth|safetensors)$/),
  load: (bytes) => loadTorch(bytes),
  check: faultOfDict,
  mutate: (random, bytes) => {
    if (isArchive(bytes)) return mutateZip(random, bytes, changeEntry);
    if (isPickle(bytes)) return mutateBytes(random, bytes, [bytes]);
    return withHeader(bytes, (header) => mutateJson(random, header));
  },
  damage: (random, bytes) => {
    if (isArchive(bytes)) return damageArchive(random, bytes);
    return isPickle(bytes) ? undefined : damageSafe(random, bytes);
  },
  swell: (random, bytes) => {
    if (isPickle(bytes) || random.below(3) === 0) return swellPickle(random, bytes);
    if (isArchive(bytes)) return swellZip(random, bytes, PICKLE);
    return withHeader(bytes, (header) => swellJson(random, header));
  },
};
