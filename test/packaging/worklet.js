/** An audio processor that runs an LSTM sample by sample, and on request does so many times by itself. */
import { initSync, LSTM } from '/node_modules/cellgate/dist/browser/index.js';

const BLOCK = 128;
const WIDTH = 32;

class LstmProcessor extends AudioWorkletProcessor {
  #stream;
  #sample = new Float32Array(1);
  #hidden = new Float32Array(WIDTH);
  #silence = new Float32Array(BLOCK);
  #noted = new Float32Array(BLOCK);

  constructor({ processorOptions: { wasm } }) {
    super();
    const { isa } = initSync({ wasm });
    this.#stream = new LSTM({ inputSize: 1, hiddenSize: WIDTH, seed: 1 }).stream();
    this.port.postMessage(isa);
    this.port.onmessage = ({ data: { work, times } }) => {
      const start = Date.now();
      for (let time = 0; time < times; time++) this[work](this.#silence, this.#noted);
      this.port.postMessage((Date.now() - start) / times);
    };
  }

  block(input, output) {
    for (let at = 0; at < BLOCK; at++) {
      this.#sample[0] = input[at];
      output[at] = this.#stream.step(this.#sample, this.#hidden)[0];
    }
  }

  /** What a block must not do. */
  allocatingBlock(input, output) {
    this.block(input.slice(), output);
  }

  process([[input]], [[output]]) {
    this.block(input ?? this.#silence, output);
    return true;
  }
}

registerProcessor('lstm', LstmProcessor);
