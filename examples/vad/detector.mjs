/**
 * The Silero voice detector, built of layers:
 *
 *     [context | frame | mirror] -> short-time Fourier transform, as a convolution -> magnitudes
 *       -> four convolutions with ReLU, of which two halve the steps: 4 to 1 -> LSTM -> ReLU -> sigmoid of a weighted sum
 *
 * A frame of 32 ms crosses into Rust three times: the transform, the convolutions and the step of the LSTM.
 */

import { Conv1d, LSTM, Nonlinearity, Sequential, tensor } from 'cellgate';
import { onnxTensors } from 'cellgate/onnx';

/**
 * Samples of a frame, of the frame before that the network sees again, of the transform's window and of its mirrored end.
 */
const SIZES = {
  16000: { frame: 512, context: 64, window: 256 },
  8000: { frame: 256, context: 32, window: 128 },
};
const UNITS = 128;
const ENCODER = [
  { outputSize: 128, stride: 1 },
  { outputSize: 64, stride: 2 },
  { outputSize: 64, stride: 2 },
  { outputSize: UNITS, stride: 1 },
];

/** The weights for a rate by their own names: the file has those of both, told apart by the size of the transform. */
function weightsFor(bytes, window) {
  const all = Object.entries(onnxTensors(bytes));
  const basis = 'stft.forward_basis_buffer';
  const found = all.find(([name, { shape }]) => name.endsWith(basis) && shape[2] === window);
  if (found === undefined)
    throw new Error(`the file must hold a detector with a window of ${window} samples`);
  const prefix = found[0].slice(0, -basis.length);
  return new Map(
    all.flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])),
  );
}

/** The same numbers in another shape. */
const reshaped = ({ data }, shape) => tensor(data, shape);

function createEncoder(weights, bins) {
  const layers = ENCODER.flatMap(({ outputSize, stride }, at) => {
    const inputSize = at === 0 ? bins : ENCODER[at - 1].outputSize;
    const conv = new Conv1d({ inputSize, outputSize, stride, kernelSize: 3, padding: 1 });
    const name = `encoder.${at}.reparam_conv`;
    conv.loadStateDict({ weight: weights.get(`${name}.weight`), bias: weights.get(`${name}.bias`) });
    return [conv, new Nonlinearity('relu')];
  });
  return new Sequential(layers);
}

function createLstm(weights) {
  const lstm = new LSTM({ inputSize: UNITS, hiddenSize: UNITS });
  const names = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'];
  lstm.loadStateDict(
    Object.fromEntries(names.map((name) => [`${name}_l0`, weights.get(`decoder.rnn.${name}`)])),
  );
  return lstm;
}

/** Says of each frame how likely it is speech. It remembers: frames are those of one recording, in order. */
export class SpeechDetector {
  /** Samples per second: 16000 or 8000. */
  rate;
  /** Samples of a frame: 32 ms. */
  frameSize;
  #owned;
  #transform;
  #encoder;
  #stream;
  #weight;
  #bias;
  /** `[context | frame | mirror]`, and the same as a tensor. */
  #samples;
  #x;
  /** `[1, steps, bins]` */
  #magnitudes;
  #hidden = new Float32Array(UNITS);

  /**
   * @param bytes `silero_vad.onnx`
   * @param rate samples per second: 16000 or 8000
   */
  constructor(bytes, rate = 16000) {
    const sizes = SIZES[rate];
    if (sizes === undefined) throw new RangeError(`rate must be 16000 or 8000, got ${rate}`);
    const { frame, context, window } = sizes;
    const weights = weightsFor(bytes, window);
    const basis = weights.get('stft.forward_basis_buffer');
    const [outputSize] = basis.shape;
    const hop = window / 2;
    const transform = new Conv1d({ inputSize: 1, outputSize, kernelSize: window, stride: hop, bias: false });
    transform.loadStateDict({ weight: basis });
    const lstm = createLstm(weights);
    this.rate = rate;
    this.frameSize = frame;
    this.#transform = transform;
    this.#encoder = createEncoder(weights, outputSize / 2);
    this.#stream = lstm.stream();
    this.#owned = [transform, ...this.#encoder.layers, this.#encoder, lstm, this.#stream];
    this.#weight = reshaped(weights.get('decoder.decoder.2.weight'), [UNITS]).data;
    [this.#bias] = weights.get('decoder.decoder.2.bias').data;
    this.#samples = new Float32Array(context + frame + context);
    this.#x = tensor(this.#samples, [1, this.#samples.length, 1]);
    const steps = (this.#samples.length - window) / hop + 1;
    this.#magnitudes = tensor(new Float32Array((steps * outputSize) / 2), [1, steps, outputSize / 2]);
  }

  /**
   * The probability of speech in the next frame.
   * @param frame `[frameSize]` samples from -1 to 1
   */
  probability(frame) {
    this.#place(frame);
    this.#measure(this.#transform.forward(this.#x).data);
    const { data } = this.#encoder.predict(this.#magnitudes);
    const hidden = this.#stream.step(data, this.#hidden);
    let sum = this.#bias;
    for (let unit = 0; unit < UNITS; unit++) {
      if (hidden[unit] > 0) sum += hidden[unit] * this.#weight[unit];
    }
    return 1 / (1 + Math.exp(-sum));
  }

  /** Puts a frame behind the end of the one before, and its own end mirrored behind it. */
  #place(frame) {
    const samples = this.#samples;
    const size = this.frameSize;
    if (frame.length !== size) throw new RangeError(`frame must be ${size} samples, got ${frame.length}`);
    const context = (samples.length - size) / 2;
    const end = context + size;
    samples.copyWithin(0, size, end);
    samples.set(frame, context);
    for (let at = 0; at < context; at++) samples[end + at] = samples[end - 2 - at];
  }

  /** Of each step the real parts, then the imaginary ones. */
  #measure(spectrum) {
    const { data, shape } = this.#magnitudes;
    const [, steps, bins] = shape;
    for (let step = 0; step < steps; step++) {
      const first = step * 2 * bins;
      for (let bin = 0; bin < bins; bin++) {
        const real = spectrum[first + bin];
        const imaginary = spectrum[first + bins + bin];
        data[step * bins + bin] = Math.sqrt(real * real + imaginary * imaginary);
      }
    }
  }

  /** Begins another recording. */
  reset() {
    this.#samples.fill(0);
    this.#stream.reset();
  }

  dispose() {
    for (const owner of this.#owned) owner.dispose();
  }
}
