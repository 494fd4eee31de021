/** What a network has that does not run here, gathered so that one error tells it all. */

import { fail } from '../errors.js';

/** More would not be read. */
const MAX_LISTED = 100;

export class Report {
  readonly where: string;
  readonly #faults = new Set<string>();

  constructor(where: string) {
    this.where = where;
  }

  /** Refuses a file that contradicts itself. */
  damaged(expected: string, got: string): never {
    return fail('file', this.where, expected, got);
  }

  /** Notes something that does not run here. */
  add(fault: string): void {
    this.#faults.add(fault);
  }

  /** @throws CellgateError `unsupported` if anything was added */
  end(): void {
    const faults = [...this.#faults];
    if (faults.length === 0) return;
    const rest = faults.length - MAX_LISTED;
    const listed = faults.slice(0, MAX_LISTED).join('; ') + (rest > 0 ? `; and ${rest} more` : '');
    fail('unsupported', this.where, 'every part of the network must be one that runs here', listed);
  }
}
