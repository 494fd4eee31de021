// The detector on the thread of the audio: four blocks of 128 samples make a frame of 32 ms.

import * as cellgate from '../../../dist/browser/inline-inference.js';
import { SpeechDetector } from '../detector.mjs';
import { Segmenter } from '../segments.mjs';

class VoiceDetector extends AudioWorkletProcessor {
  #detector;
  #segmenter;
  #frame;
  #filled = 0;

  constructor({ processorOptions: { weights, options } }) {
    super();
    // WebAssembly lies in the script, so it starts without waiting, as a constructor has to.
    cellgate.initSync();
    this.#detector = new SpeechDetector(cellgate, weights);
    this.#segmenter = new Segmenter(this.#detector, options);
    this.#frame = new Float32Array(this.#detector.frameSize);
  }

  /** Tells of each frame its probability, and the segment that has ended with it, if there is one. */
  process([[input]]) {
    if (input === undefined) return true;
    this.#frame.set(input, this.#filled);
    this.#filled += input.length;
    if (this.#filled < this.#frame.length) return true;
    this.#filled = 0;
    const probability = this.#detector.probability(this.#frame);
    this.port.postMessage({ probability, segment: this.#segmenter.push(probability) });
    return true;
  }
}

registerProcessor('voice-detector', VoiceDetector);
