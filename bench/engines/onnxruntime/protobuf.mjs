/** Protocol Buffers' wire format, as much of it as an ONNX model needs. A message is a list of fields. */

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Base 128, least significant first; `value` is an integer from 0. */
function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

function key(number, wireType) {
  return varint(number * 8 + wireType);
}

/** Field `number` with an integer from 0. */
export function integer(number, value) {
  return Buffer.concat([key(number, VARINT), varint(value)]);
}

/** Field `number` with bytes. */
export function bytes(number, value) {
  return Buffer.concat([key(number, LENGTH_DELIMITED), varint(value.byteLength), value]);
}

/** Field `number` with text. */
export function text(number, value) {
  return bytes(number, Buffer.from(value));
}

/** Field `number` with a message of `fields`. */
export function message(number, ...fields) {
  return bytes(number, Buffer.concat(fields));
}
