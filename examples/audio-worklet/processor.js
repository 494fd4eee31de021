// The amplifier on the thread of the audio: a model that runs sample by sample, 128 of them at a time.

import { initSync, Sequential } from './cellgate/inline-inference.js';

const BLOCK = 128;
/** Blocks between two reports: about a second. */
const REPORT_BLOCKS = 375;

class Amplifier extends AudioWorkletProcessor {
  static get parameterDescriptors() {
    return [{ name: 'wet', defaultValue: 1, minValue: 0, maxValue: 1, automationRate: 'k-rate' }];
  }

  #stream;
  #silence = new Float32Array(BLOCK);
  // A step reads and writes the same two arrays again and again, so that nothing is allocated.
  #dry = new Float32Array(1);
  #wet = new Float32Array(1);
  #blocks = 0;
  #spentMs = 0;

  constructor({ processorOptions: { model } }) {
    super();
    // WebAssembly lies in the script, so it starts without waiting, as a constructor has to.
    initSync();
    this.#stream = Sequential.load(model).stream();
  }

  process([[input = this.#silence]], [[output]], { wet }) {
    const start = Date.now();
    const [share] = wet;
    for (let at = 0; at < output.length; at++) {
      this.#dry[0] = input[at];
      this.#stream.step(this.#dry, this.#wet);
      output[at] = input[at] + share * (this.#wet[0] - input[at]);
    }
    this.#count(Date.now() - start);
    return true;
  }

  /** This thread has a clock of whole milliseconds only. A block takes less, but over many the differences add up right. */
  #count(ms) {
    this.#spentMs += ms;
    if (++this.#blocks < REPORT_BLOCKS) return;
    this.port.postMessage(this.#spentMs / this.#blocks);
    this.#blocks = 0;
    this.#spentMs = 0;
  }
}

registerProcessor('amplifier', Amplifier);
