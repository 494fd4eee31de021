/** Checkpoints and safetensors. */

import { loadTorch } from 'cellgate/torch';
import { faultOfDict, seedsOf } from './harness/check.mjs';
import { insertPiece, mutateBytes, mutateJsonBytes, mutateZip } from './harness/mutate.mjs';

const text = (string) => new TextEncoder().encode(string);

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
].map((string) => Uint8Array.from(string, (character) => character.charCodeAt(0)));

function changeEntry(random, name, data) {
  if (name.endsWith('data.pkl')) {
    let changed = data;
    for (let rest = random.size(3); rest >= 0; rest--) changed = insertPiece(random, changed, PIECES);
    return random.below(2) === 0 ? changed : mutateBytes(random, data, [data]);
  }
  return mutateBytes(random, data, [text('little'), data]);
}

function changeHeader(random, bytes) {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = mutateJsonBytes(random, bytes.subarray(8, 8 + length));
  const changed = new Uint8Array(8 + header.length + bytes.length - 8 - length);
  new DataView(changed.buffer).setBigUint64(0, BigInt(header.length), true);
  changed.set(header, 8);
  changed.set(bytes.subarray(8 + length), 8 + header.length);
  return changed;
}

export default {
  name: 'torch',
  seeds: () => seedsOf('torch', /\.(pt|pth|safetensors)$/),
  load: (bytes) => loadTorch(bytes),
  check: faultOfDict,
  mutate: (random, bytes) =>
    bytes[0] === 0x50
      ? mutateZip(random, bytes, changeEntry)
      : bytes[0] === 0x80
        ? mutateBytes(random, bytes, [bytes])
        : changeHeader(random, bytes),
};
