/** Names of a graph, in which those of the graphs around it are seen, too. */
export class Scope<T> {
  readonly #outer: Scope<T> | undefined;
  readonly #own = new Map<string, T>();

  constructor(outer?: Scope<T>) {
    this.#outer = outer;
  }

  /** Of the innermost graph that has the name. */
  get(name: string): T | undefined {
    return this.#own.get(name) ?? this.#outer?.get(name);
  }

  /** Whether the graph itself has it. */
  holds(name: string): boolean {
    return this.#own.has(name);
  }

  set(name: string, value: T): void {
    this.#own.set(name, value);
  }

  /** What the graph itself has. */
  get own(): ReadonlyMap<string, T> {
    return this.#own;
  }
}
