/** JSON that is almost right. Its text is cut and put together, as most of what can be wrong has no value of its own. */

import { cached, concat } from './mutate.mjs';

const encode = (text) => new TextEncoder().encode(text);
const decode = (bytes) => new TextDecoder().decode(bytes);
const code = (character) => character.charCodeAt(0);
const [QUOTE, BACKSLASH, COMMA] = ['"', '\\', ','].map(code);
/** What closes what opens. */
const CLOSING = { [code('{')]: code('}'), [code('[')]: code(']') };
const ENDS = new Set([...',]}'].map(code));
/** Of long lists of numbers a few are enough. */
const MAX_ELEMENTS = 4096;

/**
 * Where the members of objects and the elements of lists of a whole text are: `start` at the name or value, `from` and `end`
 * around the value.
 */
const placesOf = cached((bytes) => {
  const members = [];
  const elements = [];
  let at = 0;
  const space = () => {
    while (bytes[at] <= 32) at++;
  };
  const text = () => {
    for (at++; bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
    at++;
  };
  const value = () => {
    const closing = CLOSING[bytes[at]];
    if (bytes[at] === QUOTE) text();
    else if (closing === undefined) while (at < bytes.length && bytes[at] > 32 && !ENDS.has(bytes[at])) at++;
    else {
      const isObject = closing === code('}');
      at++;
      space();
      while (bytes[at] !== closing) {
        const start = at;
        if (isObject) {
          text();
          space();
          at++;
          space();
        }
        const from = at;
        value();
        if (isObject) members.push({ start, from, end: at });
        else if (elements.length < MAX_ELEMENTS) elements.push({ start, from, end: at });
        space();
        if (bytes[at] === COMMA) at++;
        space();
      }
      at++;
    }
  };
  space();
  value();
  return { members, elements };
});

const nested = (depth, [open, close]) => open.repeat(depth) + close.repeat(depth);

const STRANGERS = [
  ...['null', 'true', 'false', '0', '1', '-1', '-0', '0.5', '1e300', '1e999', '1e-400', 'NaN', '01'],
  ...['2147483648', '4294967296', '9007199254740992', '18446744073709551616'],
  ...['"x"', '""', '"__proto__"', '"constructor"', '"\\ud800"', '"\\u0000"', '"'],
  ...['[]', '{}', '[[]]', '[1, 2, 3]', '[4294967296, 4294967296]', '[null, null, null]'],
  ...['{"__proto__": null, "length": 1}', '{"length": 1000000000}', '{"constructor": {"name": 1}}'],
].map(encode);

const stranger = (random) =>
  random.below(32) === 0 ? encode(nested(random.size(10_000), '[]')) : random.pick(STRANGERS);

const number = (random, value) =>
  encode(String(random.pick([-1, 0, 1, 3, 1.5, 1e9, value + 1, value - 1, value * 2, -value, value / 3])));

const ONE_MORE = Uint8Array.of(COMMA);

/** A change of one place, as bytes that take the place of others. */
function editOf(random, bytes, pick) {
  const { start, from, end } = pick();
  const other = pick();
  const put = (content) => ({ from, end, content });
  const own = bytes.subarray(from, end);
  const value = Number(decode(own.subarray(0, 32)));
  if (!Number.isNaN(value) && random.below(2) === 0) return put(number(random, value));
  return random.pick([
    () => put(stranger(random)),
    () => put(bytes.subarray(other.from, other.end)),
    // Gone, with the comma behind it.
    () => ({ from: start, end: bytes[end] === COMMA ? end + 1 : end, content: new Uint8Array(0) }),
    // Twice, with the same name.
    () => ({ from: end, end, content: concat(ONE_MORE, bytes.subarray(start, end)) }),
    () => ({ from: end, end, content: concat(ONE_MORE, bytes.subarray(start, from), stranger(random)) }),
    // With another name.
    () => ({ from: start, end: from, content: bytes.subarray(other.start, other.from) }),
    () => put(encode(decode(own) === 'true' ? 'false' : 'true')),
  ])();
}

function edited(bytes, edits) {
  const parts = [];
  let at = 0;
  for (const { from, end, content } of edits.sort((a, b) => a.from - b.from)) {
    if (from < at) continue;
    parts.push(bytes.subarray(at, from), content);
    at = end;
  }
  return concat(...parts, bytes.subarray(at));
}

function picker(random, bytes) {
  const { members, elements } = placesOf(bytes);
  return () => random.pick(elements.length > 0 && random.below(3) === 0 ? elements : members);
}

/** A text of JSON with one to a few places changed: another value, gone, twice, under another name or in another place. */
export function mutateJson(random, bytes) {
  const pick = picker(random, bytes);
  return edited(
    bytes,
    Array.from({ length: random.below(2) === 0 ? 1 : random.size(4) }, () => editOf(random, bytes, pick)),
  );
}

/** A text that is cut off before its end. */
export function cutJson(random, bytes) {
  let end = bytes.length;
  while (bytes[end - 1] <= 32) end--;
  return bytes.slice(0, random.below(end));
}

/** Long texts of JSON for what they are in memory, or for how deep they are. */
const LONG = [
  (count) => `[${'0,'.repeat(count)}0]`,
  (count) => `[${'0.5,"ab",'.repeat(count / 4)}0]`,
  (count) => `[${'[],'.repeat(count)}0]`,
  (count) => `[${'{},'.repeat(count)}0]`,
  (count) => `[${'[[0]],'.repeat(count / 2)}0]`,
  (count) => `{${Array.from({ length: count / 8 }, (_, index) => `"${index}":0`)}}`,
  (count) => `{${Array.from({ length: count / 8 }, (_, index) => `"a${index}":{}`)}}`,
  (count) => nested(count, '[]'),
  (count) => `${'{"a":'.repeat(count / 4)}0${'}'.repeat(count / 4)}`,
  (count) => `"${'x'.repeat(4 * count)}"`,
  (count) => `"${'\\u2028'.repeat(count)}"`,
];

/** A text in which one place is very long, or comes very often. */
export function swellJson(random, bytes) {
  const { start, from, end } = picker(random, bytes)();
  const count = random.size(2 ** 21);
  if (random.below(3) > 0) {
    return edited(bytes, [{ from, end, content: encode(random.pick(LONG)(Math.floor(count))) }]);
  }
  const own = decode(bytes.subarray(start, end));
  const often = Math.min(count, 2 ** 22 / own.length);
  return edited(bytes, [{ from: end, end, content: encode(`,${own}`.repeat(often)) }]);
}

/** The same text with other values: `change` is given what it means, and changes it, or gives false if it cannot. */
export function rewritten(bytes, change) {
  const value = JSON.parse(decode(bytes));
  return change(value) === false ? undefined : encode(JSON.stringify(value));
}
