/**
 * Ownership of what a backend made: freed once, by `close()` or, for who forgets, when the owner is collected.
 * Its user sees one error after that, and never a panic.
 */

import { fail, fromRaw } from './errors.js';

interface Freeable {
  free(): void;
}

/** Undefined where the engine tells nobody what it collects, as in older workers of servers. */
const forgotten =
  typeof FinalizationRegistry === 'undefined'
    ? undefined
    : new FinalizationRegistry<Freeable>((raw) => raw.free());

/**
 * Objects whose call broke off in the middle. They are kept for good: freeing what is half changed, also by a
 * finaliser of the glue, could break again outside of any call.
 */
const broken = new Set<Freeable>();

/** Owner of one raw object. */
export class Handle<Raw extends Freeable> {
  readonly #kind: string;
  #raw: Raw | undefined;
  #isBroken = false;

  /** @param kind what to call it in errors, such as `lstm` or `lstm.stream` */
  constructor(kind: string, raw: Raw) {
    this.#kind = kind;
    this.#raw = raw;
    forgotten?.register(this, raw, this);
  }

  get isOpen(): boolean {
    return this.#raw !== undefined;
  }

  /**
   * The raw object.
   * @throws CellgateError `disposed` after `close()`, `internal` after a call that broke off
   */
  open(where: string): Raw {
    return this.#raw ?? this.#refuse(where);
  }

  #refuse(where: string): never {
    if (this.#isBroken)
      fail('internal', where, `${this.#kind} must be usable`, 'one broken by an internal error');
    return fail('disposed', where, `${this.#kind} must not be disposed`, 'a disposed one');
  }

  /** Throws what a raw call threw: the error it meant, or `internal` for a bug, which closes this for good. */
  fault(where: string, error: unknown): never {
    const thrown = fromRaw(error, where);
    if (thrown.code === 'internal' && this.#raw) {
      forgotten?.unregister(this);
      broken.add(this.#raw);
      this.#raw = undefined;
      this.#isBroken = true;
    }
    throw thrown;
  }

  /** Runs a raw call. */
  call<T>(where: string, run: (raw: Raw) => T): T {
    const raw = this.open(where);
    try {
      return run(raw);
    } catch (error) {
      return this.fault(where, error);
    }
  }

  /** Runs a raw call that ends later. */
  async callAsync<T>(where: string, run: (raw: Raw) => Promise<T>): Promise<T> {
    const raw = this.open(where);
    try {
      return await run(raw);
    } catch (error) {
      return this.fault(where, error);
    }
  }

  /** Frees the raw object; further calls do nothing. */
  close(): void {
    const raw = this.#raw;
    if (raw === undefined) return;
    this.#raw = undefined;
    forgotten?.unregister(this);
    raw.free();
  }
}

/** Runs a raw call that makes something: there is no handle yet that a bug could break. */
export function construct<T>(where: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw fromRaw(error, where);
  }
}
