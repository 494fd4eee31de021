/** Long work that leaves others their turn: on another thread where the backend has one, in slices elsewhere. */

import type { RawTrainer } from '../backend/raw.js';
import type { Handle } from '../handle.js';

/** How long others wait at most, but for the call at hand. */
const SLICE_MS = 10;

/** Gives the event loop its turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    // Browsers make nested timeouts wait 4 ms, messages not.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** The calls of a trainer. */
export class Engine {
  readonly #handle: Handle<RawTrainer>;
  #sliceStart = performance.now();

  constructor(handle: Handle<RawTrainer>) {
    this.#handle = handle;
  }

  step(...call: Parameters<RawTrainer['step']>): Promise<ArrayLike<number>> {
    return this.#run(call[0], (raw) => raw.stepAsync?.(...call) ?? this.#slice(() => raw.step(...call)));
  }

  evaluate(...call: Parameters<RawTrainer['evaluate']>): Promise<ArrayLike<number>> {
    return this.#run(
      call[0],
      (raw) => raw.evaluateAsync?.(...call) ?? this.#slice(() => raw.evaluate(...call)),
    );
  }

  #run<T>(where: string, run: (raw: RawTrainer) => Promise<T>): Promise<T> {
    return this.#handle.callAsync(where, run);
  }

  async #slice<T>(run: () => T): Promise<T> {
    if (performance.now() - this.#sliceStart >= SLICE_MS) {
      await nextTurn();
      this.#sliceStart = performance.now();
    }
    return run();
  }
}
