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

/** Fields of a message, those of messages inside with fields of their own; undefined if the bytes are none. */
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
    fields.flatMap(({ key, type, value, bytes, fields: inner }) => {
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

export default { name: 'onnx', seeds, load: (bytes) => loadOnnx(bytes), check, mutate };
