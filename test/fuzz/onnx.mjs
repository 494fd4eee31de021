/** ONNX files. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CellgateError, Tensor } from 'cellgate';
import { loadOnnx } from 'cellgate/onnx';

const FOLDER = fileURLToPath(new URL('../formats/onnx', import.meta.url));
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** The models of the format tests. */
function seeds() {
  const files = readdirSync(FOLDER, { recursive: true }).filter((name) => name.endsWith('.json'));
  return files.sort().flatMap((file) => {
    const content = JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8'));
    const models = content.cases?.map(({ model }) => model) ?? Object.values(content);
    return models.map((model) => Uint8Array.from(Buffer.from(model, 'base64')));
  });
}

function readVarint(bytes, start) {
  let value = 0n;
  for (let at = start, shift = 0n; at < bytes.length && shift < 70n; at++, shift += 7n) {
    value |= BigInt(bytes[at] & 127) << shift;
    if (bytes[at] < 128) return { value, end: at + 1 };
  }
  return undefined;
}

/**
 * Fields of a message, those of messages inside with fields of their own; undefined if the bytes are none. One that is put
 * there may have `raw`, its bytes with key and length.
 */
function readFields(bytes, depth = 0) {
  const fields = [];
  for (let at = 0; at < bytes.length; ) {
    const key = readVarint(bytes, at);
    if (key === undefined || key.value < 8n || key.value > 255n) return undefined;
    const type = Number(key.value & 7n);
    const field = { key: key.value, type };
    if (type === VARINT) {
      const read = readVarint(bytes, key.end);
      if (read === undefined) return undefined;
      field.value = read.value;
      at = read.end;
    } else {
      const length = type === LENGTH_DELIMITED ? readVarint(bytes, key.end) : undefined;
      const start = length?.end ?? key.end;
      const count = { [FIXED64]: 8, [FIXED32]: 4 }[type] ?? Number(length?.value ?? -1n);
      if (count < 0 || start + count > bytes.length) return undefined;
      field.bytes = bytes.subarray(start, start + count);
      if (type === LENGTH_DELIMITED && depth < 12 && count > 1)
        field.fields = readFields(field.bytes, depth + 1);
      at = start + count;
    }
    fields.push(field);
  }
  return fields;
}

function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

function writeFields(fields) {
  return Buffer.concat(
    fields.flatMap(({ key, type, value, bytes, fields: inner, raw }) => {
      if (raw !== undefined) return [raw];
      if (type === VARINT) return [Buffer.from([...varint(key), ...varint(value)])];
      const content = inner === undefined ? bytes : writeFields(inner);
      const length = type === LENGTH_DELIMITED ? varint(BigInt(content.length)) : [];
      return [Buffer.from([...varint(key), ...length]), content];
    }),
  );
}

function placesOf(fields, places = []) {
  for (const [at, field] of fields.entries()) {
    places.push({ fields, at });
    if (field.fields !== undefined) placesOf(field.fields, places);
  }
  return places;
}

const NUMBERS = [
  0n,
  1n,
  2n,
  3n,
  7n,
  10n,
  11n,
  16n,
  -1n,
  -2n,
  255n,
  65536n,
  2n ** 31n,
  2n ** 40n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

/** A field changed, gone, twice, moved, or with the content of another one; lengths are right. */
function mutate(random, bytes) {
  const fields = readFields(bytes);
  if (fields === undefined) return bytes;
  for (let rest = random.size(3); rest >= 0; rest--) {
    const places = placesOf(fields);
    if (places.length === 0) break;
    const { fields: own, at } = random.pick(places);
    const other = random.pick(places);
    const field = own[at];
    const like = places.filter(({ fields: list, at: place }) => list[place].key === field.key);
    const twin = random.pick(like);
    random.pick([
      () => own.splice(at, 1),
      () => own.push(structuredClone(field)),
      () => own.splice(at, 1, structuredClone(twin.fields[twin.at])),
      () => own.splice(random.below(own.length), 0, ...own.splice(at, 1)),
      () => own.splice(at, 0, structuredClone(other.fields[other.at])),
      () => {
        if (field.type === VARINT)
          field.value = random.pick([...NUMBERS, field.value + 1n, field.value * 2n]);
        else if (field.fields === undefined) field.bytes = twin.fields[twin.at].bytes ?? field.bytes;
        else field.fields.reverse();
      },
    ])();
  }
  return Uint8Array.from(writeFields(fields));
}

/** Keys of fields by message, as ONNX numbers them. */
const KEYS = {
  model: { graph: 0x3an },
  graph: { node: 0x0an, initializer: 0x2an, input: 0x5an },
  node: { input: 0x0an, output: 0x12n, opType: 0x22n, domain: 0x3an },
  tensor: { dims: 0x08n, dataType: 0x10n, raw: 0x4an, location: 0x70n },
};
const textField = (key, value) => ({ key, type: LENGTH_DELIMITED, bytes: Buffer.from(value) });
const numberField = (key, value) => ({ key, type: VARINT, value });
const allOf = (fields, key) => fields.filter((field) => field.key === key && field.fields !== undefined);

/** A file that contradicts itself: it has to be refused whatever else it holds. */
function damage(random, bytes) {
  const model = readFields(bytes);
  const graph = model?.find(({ key }) => key === KEYS.model.graph)?.fields;
  if (graph === undefined) return undefined;
  const nodes = allOf(graph, KEYS.graph.node);
  const tensors = allOf(graph, KEYS.graph.initializer);
  const inputs = allOf(graph, KEYS.graph.input);
  const isRaw = ({ fields }) =>
    fields.some(({ key, bytes: raw }) => key === KEYS.tensor.raw && raw.length > 0);
  const full = tensors.filter(isRaw);
  const again = (list) => list.length > 0 && graph.push(random.pick(list));
  const inside = (list, change) => {
    const { fields } = random.pick(list) ?? {};
    return fields === undefined ? false : change(fields);
  };
  const put = (fields, key, field) =>
    fields.splice(0, fields.length, ...fields.filter((own) => own.key !== key), field);
  const outputOf = (fields) =>
    fields.find(({ key, bytes: name }) => key === KEYS.node.output && name.length > 0)?.bytes;
  const done = random.pick([
    () => again(tensors),
    () => again(inputs),
    () => again(nodes.filter(({ fields }) => outputOf(fields) !== undefined)),
    () =>
      inside(nodes, (fields) => {
        const output = outputOf(fields);
        return output !== undefined && fields.unshift(textField(KEYS.node.input, output));
      }),
    () => inside(nodes, (fields) => fields.unshift(textField(KEYS.node.input, 'a value that nobody makes'))),
    () =>
      inside(nodes, (fields) =>
        put(
          fields,
          KEYS.node.opType,
          textField(KEYS.node.opType, random.pick(['PyOp', 'eval', 'constructor', '__proto__'])),
        ),
      ),
    () => inside(nodes, (fields) => put(fields, KEYS.node.domain, textField(KEYS.node.domain, 'os'))),
    () =>
      inside(full, (fields) =>
        fields.push(
          numberField(KEYS.tensor.dims, random.pick([0n, 2n, -1n, 2n ** 31n, 2n ** 40n, 2n ** 63n - 1n])),
        ),
      ),
    () =>
      inside(full, (fields) =>
        put(
          fields,
          KEYS.tensor.dataType,
          numberField(KEYS.tensor.dataType, random.pick([0n, 2n, 5n, 8n, 14n, 99n, -1n])),
        ),
      ),
    () =>
      inside(tensors, (fields) => put(fields, KEYS.tensor.location, numberField(KEYS.tensor.location, 1n))),
  ])();
  if (done === false) return undefined;
  if (random.below(8) > 0) return Uint8Array.from(writeFields(model));
  // A graph that goes on behind the end.
  const content = writeFields(graph);
  const length = content.length + 1 + random.pick([0, 100, 2 ** 31, 2 ** 40]);
  return Uint8Array.from([...varint(KEYS.model.graph), ...varint(BigInt(length)), ...content]);
}

const GATES = { LSTM: 4, GRU: 3, RNN: 1 };
const message = (key, ...fields) => ({ key, type: LENGTH_DELIMITED, fields });

/** A value of three axes, as a graph says what goes in and comes out. */
function portField(key, name) {
  const axis = message(0x0an, numberField(0x08n, 1n));
  const type = message(0x0an, numberField(0x08n, 1n), message(0x12n, axis, axis, axis));
  return message(key, textField(0x0an, name), message(0x12n, type));
}

function zeroField(name, sizes) {
  const bytes = Buffer.alloc(sizes.reduce((product, size) => product * size, 4));
  return message(
    KEYS.graph.initializer,
    ...sizes.map((size) => numberField(KEYS.tensor.dims, BigInt(size))),
    numberField(KEYS.tensor.dataType, 1n),
    textField(0x42n, name),
    { key: KEYS.tensor.raw, type: LENGTH_DELIMITED, bytes },
  );
}

/** A network of as many nodes, each behind the one before, with weights of its own or with those of all. */
function chain(random, count) {
  const operator = random.pick(['Relu', 'Softmax', 'Transpose', 'Add', 'MatMul', ...Object.keys(GATES)]);
  const gates = GATES[operator];
  const isShared = random.below(2) === 0;
  const graph = [portField(KEYS.graph.input, 'x'), portField(0x62n, `n${count - 1}`)];
  for (let index = 0; index < count; index++) {
    const names = { MatMul: ['w'], Add: ['x'] }[operator] ?? (gates ? ['w', 'r'] : []);
    const others = names.map((name) => (isShared || name === 'x' ? name : `${name}${index}`));
    if (index === 0 || !isShared) {
      const weights = others.filter((name) => name !== 'x');
      graph.push(...weights.map((name) => zeroField(name, gates ? [1, gates, 1] : [1, 1])));
    }
    const inputs = [index === 0 ? 'x' : `n${index - 1}`, ...others];
    const size = message(
      0x2an,
      textField(0x0an, 'hidden_size'),
      numberField(0x18n, 1n),
      numberField(0xa0n, 2n),
    );
    graph.push(
      message(
        KEYS.graph.node,
        ...inputs.map((name) => textField(KEYS.node.input, name)),
        ...(gates ? [textField(KEYS.node.output, '')] : []),
        textField(KEYS.node.output, `n${index}`),
        textField(KEYS.node.opType, operator),
        ...(gates ? [size] : []),
      ),
    );
  }
  const opset = message(0x42n, textField(0x0an, ''), numberField(0x10n, 17n));
  return Uint8Array.from(
    writeFields([opset, { key: KEYS.model.graph, type: LENGTH_DELIMITED, fields: graph }]),
  );
}

const MAX_SWOLLEN = 2 ** 22;

/** Fields that take little room and can come very often. */
function swell(random, bytes) {
  if (random.below(4) === 0) return chain(random, random.size(2 ** 16));
  const fields = readFields(bytes);
  if (fields === undefined) return bytes;
  const messages = placesOf(fields)
    .map(({ fields: own, at }) => own[at])
    .filter((field) => field.fields !== undefined);
  const { fields: own } = random.pick(messages) ?? { fields };
  const count = random.size(MAX_SWOLLEN / 2);
  const number = 1 + random.below(16);
  const often = (piece) => Buffer.alloc(Math.min(count * piece.length, MAX_SWOLLEN), Buffer.from(piece));
  const raw = random.pick([
    () => often([(number << 3) | LENGTH_DELIMITED, 0]),
    () => often([number << 3, 0]),
    // Numbers of a byte each in one piece.
    () => Buffer.from([(number << 3) | LENGTH_DELIMITED, ...varint(BigInt(count)), ...new Uint8Array(count)]),
    () => {
      const piece = writeFields([random.pick(own)]);
      return Buffer.concat(Array.from({ length: Math.min(count, MAX_SWOLLEN / piece.length) }, () => piece));
    },
    () => {
      // Graphs in attributes of nodes in graphs.
      let inner = Buffer.alloc(0);
      for (let level = Math.min(count, 1000); level > 0; level--) {
        const key = [0x0a, 0x2a, 0x32][level % 3];
        inner = Buffer.concat([Buffer.from([key, ...varint(BigInt(inner.length))]), inner]);
      }
      return inner;
    },
  ])();
  own.splice(random.below(own.length + 1), 0, { raw });
  return Uint8Array.from(writeFields(fields));
}

const MAKERS = {
  float32: (count) => new Float32Array(count).fill(0.5),
  int32: (count) => new Int32Array(count).fill(1),
  int64: (count) => new BigInt64Array(count).fill(1n),
};
const MAX_VALUES = 2 ** 16;

/** Runs a network on small tensors; undefined if that gives whole tensors or a refusal. */
function check(network) {
  try {
    const inputs = {};
    for (const { name, dtype, shape = [] } of network.inputs) {
      const sizes = shape.map((size) => (typeof size === 'number' ? size : 2));
      const count = sizes.reduce((product, size) => product * size, 1);
      if (count > MAX_VALUES) return undefined;
      inputs[name] = new Tensor(MAKERS[dtype](count), sizes);
    }
    for (const [name, { shape, data }] of Object.entries(network.run(inputs))) {
      if (shape.reduce((product, size) => product * size, 1) !== data.length)
        return `${name} has a wrong shape`;
    }
    return undefined;
  } catch (error) {
    return error instanceof CellgateError && error.code !== 'internal'
      ? undefined
      : `runs into ${error?.stack}`;
  } finally {
    network.dispose();
  }
}

export default { name: 'onnx', seeds, load: (bytes) => loadOnnx(bytes), check, mutate, damage, swell };
