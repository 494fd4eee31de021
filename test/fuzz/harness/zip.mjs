/** Archives that are almost right. */

import { crc32, deflateRawSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import { cached } from './mutate.mjs';

/** Name and content of each entry of a seed. */
const entriesOf = cached((bytes) => Object.entries(unzipSync(bytes)));
const nameBytes = (name) => new TextEncoder().encode(name);

function record(mark, length, fields) {
  const view = new DataView(new ArrayBuffer(length));
  view.setUint32(0, mark, true);
  for (const [at, bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
  }
  return new Uint8Array(view.buffer);
}

/** What the directory says of an entry whose sizes and place are in a zip64 field. */
function longField(size, packed, offset) {
  const view = new DataView(new ArrayBuffer(28));
  view.setUint16(0, 1, true);
  view.setUint16(2, 24, true);
  for (const [index, value] of [size, packed, offset].entries())
    view.setBigUint64(4 + 8 * index, BigInt(value), true);
  return new Uint8Array(view.buffer);
}

/**
 * An archive.
 * @param entries name, content and whether it is deflated; in `claims` what the directory says instead of the truth, of
 * `sum`, `packed`, `size`, `offset`, `method`, `flags`; `like` is the index of an entry whose bytes are this one's as well
 */
export function writeZip(entries) {
  const parts = [];
  const written = [];
  let at = 0;
  const add = (...bytes) => {
    for (const part of bytes) {
      parts.push(part);
      at += part.length;
    }
  };
  for (const { name, data, isPacked = false, like } of entries) {
    if (like !== undefined) {
      written.push(written[like]);
      continue;
    }
    const packed = isPacked ? deflateRawSync(data, { level: 1 }) : data;
    const method = isPacked ? 8 : 0;
    const own = { sum: crc32(data), packed: packed.length, size: data.length, offset: at, method, flags: 0 };
    written.push(own);
    const title = nameBytes(name);
    const fields = [
      [8, 2, method],
      [14, 4, own.sum],
      [18, 4, own.packed],
      [22, 4, own.size],
      [26, 2, title.length],
    ];
    add(record(0x04034b50, 30, fields), title, packed);
  }
  const start = at;
  for (const [index, { name, claims }] of entries.entries()) {
    const { sum, packed, size, offset, method, flags } = { ...written[index], ...claims };
    const isLong = [packed, size, offset].some((value) => value > 0xfffffffe);
    const extra = isLong ? longField(size, packed, offset) : new Uint8Array(0);
    const short = (value) => (isLong ? 0xffffffff : value);
    const title = nameBytes(name);
    const fields = [
      [8, 2, flags],
      [10, 2, method],
      [16, 4, sum],
      [20, 4, short(packed)],
      [24, 4, short(size)],
    ];
    fields.push([28, 2, title.length], [30, 2, extra.length], [42, 4, short(offset)]);
    add(record(0x02014b50, 46, fields), title, extra);
  }
  const count = entries.length;
  add(
    record(0x06054b50, 22, [
      [8, 2, count],
      [10, 2, count],
      [12, 4, at - start],
      [16, 4, start],
    ]),
  );
  return new Uint8Array(Buffer.concat(parts));
}

const listOf = (bytes) => entriesOf(bytes).map(([name, data]) => ({ name, data }));

/**
 * An archive with another content, and with sizes and checksums that are right: an entry changed by `change`, renamed, gone,
 * twice as long, or packed.
 */
export function mutateZip(random, bytes, change) {
  const entries = listOf(bytes);
  const at = random.below(entries.length);
  const { name, data } = entries[at];
  const put = (entry) => {
    entries[at] = entry;
  };
  const actions = [
    () => entries.splice(at, 1),
    () => put({ name: `${name}x`, data }),
    () => entries.push({ name: random.pick(entries).name.replace(/[^/]*$/, 'data.pkl'), data }),
    () => put({ name, data: new Uint8Array(random.size(2 ** 16)) }),
  ];
  if (random.below(8) === 0) random.pick(actions)();
  else put({ name, data: change(random, name, data) });
  return writeZip(random.below(8) === 0 ? entries.map((entry) => ({ ...entry, isPacked: true })) : entries);
}

/** The entries of a seed with another content for one of them. */
export function withEntry(bytes, name, data, isPacked = false) {
  return writeZip(listOf(bytes).map((entry) => (entry.name === name ? { name, data, isPacked } : entry)));
}

/** The content of the first entry with such a name, and its whole name. */
export function entryLike(bytes, pattern) {
  return listOf(bytes).find(({ name }) => pattern.test(name));
}

/** An archive that contradicts itself, cut off or in what it says of an entry that a pattern matches. */
export function damageZip(random, bytes, pattern) {
  const entries = listOf(bytes);
  const needed = random.pick(entries.filter(({ name }) => pattern.test(name)));
  if (needed === undefined) return undefined;
  const { length } = needed.data;
  const far = random.pick([bytes.length + random.below(64), 2 ** 31, 2 ** 32 - 2, 2 ** 40, 2 ** 53, 2 ** 63]);
  const isPacked = random.below(2) === 0;
  const claims = random.pick([
    { sum: random.below(2 ** 31) * 2 + (crc32(needed.data) % 2 === 0 ? 1 : 0) },
    { size: length + 1 + random.size(2 ** 20) },
    { size: far },
    { offset: far },
    { packed: far },
    { flags: 1 },
    { method: random.pick([1, 9, 12, 14, 99, 65535]) },
    ...(length > 0 ? [{ size: random.below(length) }] : []),
  ]);
  return random.pick([
    () => bytes.slice(0, random.below(bytes.length)),
    () => writeZip([...entries, needed]),
    () => writeZip(entries.map((entry) => (entry === needed ? { ...entry, isPacked, claims } : entry))),
  ])();
}

/** Archives that unpack to far more than they are, by one entry or by many of the same bytes. */
export function swellZip(random, bytes, pattern) {
  const entries = listOf(bytes);
  const needed = random.pick(entries.filter(({ name }) => pattern.test(name))) ?? entries[0];
  const { name } = needed;
  const data = new Uint8Array(random.size(2 ** 26));
  const most = data.length > 0 ? 2 ** 32 / data.length : 2 ** 16;
  const copies = Array.from({ length: random.size(Math.min(most, 60_000)) }, (_, index) => ({
    name: name.replace(/[^/]*$/, `data/${index}`),
    like: entries.length - 1,
  }));
  const others = entries.filter((entry) => entry !== needed);
  const swollen = { name, data, isPacked: true };
  return random.pick([
    () => writeZip([...others, swollen]),
    () => writeZip([...others, { ...swollen, claims: { size: random.size(2 ** 24) } }]),
    () => writeZip([...others, swollen, ...copies]),
  ])();
}
