/**
 * A reader of Python's pickles that builds plain values and calls nothing.
 *
 * A pickle is a program for a stack machine; where it names something of Python to be called, the caller's table has what
 * that makes here, and anything that is not in the table is refused by its name. Operations: Python's `pickletools`,
 * protocols 2 to 5, as far as `torch.save` writes them.
 */

import { describe, fail } from '../errors.js';

/** What stands for a function or class of Python. */
export class PickleFunction {
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(call: (args: readonly unknown[]) => unknown) {
    this.call = call;
  }
}

/** What a pickle may refer to. */
export interface PickleWorld {
  /** By module and name, such as `collections.OrderedDict`. */
  readonly globals: ReadonlyMap<string, unknown>;
  /** What is kept outside of the pickle. */
  persistent(id: unknown): unknown;
}

/** Bounds what a small file can make of memory; the largest state dicts need a tenth. */
const MAX_OPERATIONS = 2 ** 21;
/** Operations that one counts as which makes more than a value or a list: some 200 bytes. */
const HEAVY = 8;
/** Bytes of a whole number; Python's own have eight at most here. */
const MAX_INTEGER_BYTES = 64;

/** Values between a mark and the top of the stack, or pairs of them. */
type Operation = (machine: Machine) => void;

class Machine {
  readonly #where: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #world: PickleWorld;
  readonly #utf8 = new TextDecoder();
  readonly #marks: number[] = [];
  readonly memo = new Map<number, unknown>();
  stack: unknown[] = [];
  #at = 0;
  #operationsLeft = MAX_OPERATIONS;

  constructor(where: string, bytes: Uint8Array, world: PickleWorld) {
    this.#where = where;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#world = world;
  }

  fail(expected: string, got: string): never {
    return fail('file', this.#where, `the pickle must ${expected}`, `${got} at byte ${this.#at}`);
  }

  /** Counts an operation, or what one counts as more. */
  spend(operations: number): void {
    this.#operationsLeft -= operations;
    if (this.#operationsLeft < 0) this.fail(`end within ${MAX_OPERATIONS} operations`, 'more');
  }

  /** Where the next `count` bytes begin. */
  #skip(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) this.fail('be whole', 'its end');
    this.#at += count;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#skip(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }
  i32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }
  /** A length of 8 bytes. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.#skip(8), true));
  }
  f64(): number {
    return this.#view.getFloat64(this.#skip(8));
  }

  bytes(count: number): Uint8Array {
    const at = this.#skip(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** A view of bytes. */
  blob(count: number): Uint8Array {
    this.spend(HEAVY);
    return this.bytes(count);
  }

  text(count: number): string {
    return this.#utf8.decode(this.bytes(count));
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) this.fail('be whole', 'its end');
    const text = this.text(end - this.#at);
    this.#at = end + 1;
    return text;
  }

  /** A whole number in two's complement. */
  integer(count: number): number | bigint {
    if (count > MAX_INTEGER_BYTES)
      this.fail(`have numbers of at most ${MAX_INTEGER_BYTES} bytes`, `${count}`);
    const digits = this.bytes(count);
    let value = 0n;
    for (let at = count - 1; at >= 0; at--) value = (value << 8n) | BigInt(digits[at] as number);
    const signed = BigInt.asIntN(8 * count, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  pop(): unknown {
    if (this.stack.length <= (this.#marks.at(-1) ?? 0)) this.fail('have a value to take', 'none');
    return this.stack.pop();
  }

  popText(): string {
    const text = this.pop();
    return typeof text === 'string' ? text : this.fail('name what is known by texts', describe(text));
  }

  top(): unknown {
    if (this.stack.length === 0) this.fail('have a value to use', 'none');
    return this.stack.at(-1);
  }

  mark(): void {
    this.#marks.push(this.stack.length);
  }

  /** What lies above the last mark. */
  above(): unknown[] {
    const start = this.#marks.pop();
    if (start === undefined) return this.fail('have a mark', 'none');
    return this.stack.splice(start);
  }

  remembered(index: number): unknown {
    if (!this.memo.has(index)) this.fail(`have remembered value ${index}`, 'none');
    return this.memo.get(index);
  }

  global(name: string): unknown {
    const { globals } = this.#world;
    if (globals.has(name)) return globals.get(name);
    const known =
      'the pickle must be of tensors, dictionaries, lists, tuples, numbers, texts, booleans and None';
    return fail('unsupported', this.#where, known, `'${name.slice(0, 80)}', which is not run`);
  }

  persistent(id: unknown): unknown {
    return this.#world.persistent(id);
  }

  tuple(count: number): void {
    const items = Array.from({ length: count }, () => this.pop());
    this.stack.push(items.reverse());
  }

  list(): unknown[] {
    const list = this.top();
    return Array.isArray(list) ? list : this.fail('append to a list', describe(list));
  }

  setItems(items: readonly unknown[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) this.fail('set entries of a dictionary', describe(dict));
    if (items.length % 2 !== 0) this.fail('have a value for each name', `${items.length} items`);
    for (let at = 0; at < items.length; at += 2) dict.set(items[at], items[at + 1]);
  }

  dict(): Map<unknown, unknown> {
    this.spend(HEAVY);
    return new Map();
  }

  call(): void {
    this.spend(HEAVY);
    const args = this.pop();
    const target = this.pop();
    if (!(target instanceof PickleFunction)) this.fail('call what is known', describe(target));
    if (!Array.isArray(args)) this.fail('call with a tuple', describe(args));
    this.stack.push(target.call(args));
  }

  run(): unknown {
    for (;;) {
      this.spend(1);
      const code = this.u8();
      if (code === STOP) return this.pop();
      const operation = OPERATIONS[code];
      if (!operation) this.fail('have known operations', `0x${code.toString(16).padStart(2, '0')}`);
      operation(this);
    }
  }
}

const STOP = 0x2e;

function pushes(value: (machine: Machine) => unknown): Operation {
  return (machine) => machine.stack.push(value(machine));
}

/** By their codes; the names are those of `pickletools`. */
const OPERATIONS: Readonly<Record<number, Operation>> = {
  /* PROTO */ 128: (m) => void m.u8(),
  /* FRAME */ 149: (m) => void m.u64(),
  /* MARK */ 40: (m) => m.mark(),
  /* POP */ 48: (m) => void m.pop(),
  /* POP_MARK */ 49: (m) => void m.above(),
  /* NONE */ 78: pushes(() => null),
  /* NEWTRUE */ 136: pushes(() => true),
  /* NEWFALSE */ 137: pushes(() => false),
  /* BININT */ 74: pushes((m) => m.i32()),
  /* BININT1 */ 75: pushes((m) => m.u8()),
  /* BININT2 */ 77: pushes((m) => m.u16()),
  /* LONG1 */ 138: pushes((m) => m.integer(m.u8())),
  /* LONG4 */ 139: pushes((m) => m.integer(m.u32())),
  /* BINFLOAT */ 71: pushes((m) => m.f64()),
  /* BINUNICODE */ 88: pushes((m) => m.text(m.u32())),
  /* SHORT_BINUNICODE */ 140: pushes((m) => m.text(m.u8())),
  /* BINUNICODE8 */ 141: pushes((m) => m.text(m.u64())),
  /* BINBYTES */ 66: pushes((m) => m.blob(m.u32())),
  /* SHORT_BINBYTES */ 67: pushes((m) => m.blob(m.u8())),
  /* EMPTY_LIST */ 93: pushes(() => []),
  /* APPEND */ 97: (m) => {
    const item = m.pop();
    m.list().push(item);
  },
  /* APPENDS */ 101: (m) => {
    const items = m.above();
    const list = m.list();
    for (const item of items) list.push(item);
  },
  /* EMPTY_DICT */ 125: pushes((m) => m.dict()),
  /* SETITEM */ 115: (m) => {
    const value = m.pop();
    m.setItems([m.pop(), value]);
  },
  /* SETITEMS */ 117: (m) => m.setItems(m.above()),
  /* EMPTY_TUPLE */ 41: pushes(() => []),
  /* TUPLE */ 116: (m) => m.stack.push(m.above()),
  /* TUPLE1 */ 133: (m) => m.tuple(1),
  /* TUPLE2 */ 134: (m) => m.tuple(2),
  /* TUPLE3 */ 135: (m) => m.tuple(3),
  /* BINPUT */ 113: (m) => void m.memo.set(m.u8(), m.top()),
  /* LONG_BINPUT */ 114: (m) => void m.memo.set(m.u32(), m.top()),
  /* MEMOIZE */ 148: (m) => void m.memo.set(m.memo.size, m.top()),
  /* BINGET */ 104: pushes((m) => m.remembered(m.u8())),
  /* LONG_BINGET */ 106: pushes((m) => m.remembered(m.u32())),
  /* GLOBAL */ 99: pushes((m) => m.global(`${m.line()}.${m.line()}`)),
  /* STACK_GLOBAL */ 147: (m) => {
    const name = m.popText();
    m.stack.push(m.global(`${m.popText()}.${name}`));
  },
  /* REDUCE */ 82: (m) => m.call(),
  /* NEWOBJ */ 129: (m) => m.call(),
  /* BUILD: what is put on a dictionary beside its entries says nothing about weights. */ 98: (m) => {
    m.pop();
    if (!(m.top() instanceof Map)) m.fail('give attributes to a dictionary', describe(m.top()));
  },
  /* BINPERSID */ 81: (m) => m.stack.push(m.persistent(m.pop())),
};

/**
 * The value of a pickle: null, booleans, numbers, texts, bytes, arrays (of lists and tuples), maps, and what the world has.
 * @throws CellgateError `unsupported` for a name that the world does not have; `file` for a pickle that is damaged
 */
export function unpickle(where: string, bytes: Uint8Array, world: PickleWorld): unknown {
  return new Machine(where, bytes, world).run();
}
