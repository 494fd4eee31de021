/**
 * The Silero voice detector, built of layers:
 *
 *     [context | frame | mirror] -> short-time Fourier transform, as a convolution -> magnitudes
 *       -> four convolutions with ReLU, of which two halve the steps: 4 to 1 -> LSTM -> ReLU -> sigmoid of a weighted sum
 *
 * A frame of 32 ms crosses into Rust three times: the transform, the convolutions and the step of the LSTM.
 *
 * The library is handed in, so that this file runs in a worklet, too, which imports it from another place.
 */

const UNITS = 128;
const ENCODER = [
  { outputSize: 128, stride: 1 },
  { outputSize: 64, stride: 2 },
  { outputSize: 64, stride: 2 },
  { outputSize: UNITS, stride: 1 },
];

/** Says of each frame how likely it is speech. It remembers: frames are those of one recording, in order. */
export class SpeechDetector {
  /** Samples per second. */
  rate;
  /** Samples of a frame: 32 ms. */
  frameSize;
  #owned = [];
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
   * @param cellgate the library
   * @param weights of weights.mjs
   */
  constructor(cellgate, { rate, tensors }) {
    const { Conv1d, tensor } = cellgate;
    const weights = Object.fromEntries(
      Object.entries(tensors).map(([name, { shape, data }]) => [name, tensor(data, shape)]),
    );
    const basis = weights['stft.forward_basis_buffer'];
    const [outputSize, , window] = basis.shape;
    const hop = window / 2;
    const options = { inputSize: 1, outputSize, kernelSize: window, stride: hop, bias: false };
    this.rate = rate;
    this.frameSize = 2 * window;
    this.#transform = this.#own(new Conv1d(options), { weight: basis });
    this.#encoder = this.#makeEncoder(cellgate, weights, outputSize / 2);
    this.#stream = this.#makeLstm(cellgate, weights).stream();
    this.#owned.push(this.#stream);
    this.#weight = weights['decoder.decoder.2.weight'].data;
    [this.#bias] = weights['decoder.decoder.2.bias'].data;
    const context = window / 4;
    this.#samples = new Float32Array(context + this.frameSize + context);
    this.#x = tensor(this.#samples, [1, this.#samples.length, 1]);
    const steps = (this.#samples.length - window) / hop + 1;
    this.#magnitudes = tensor(new Float32Array((steps * outputSize) / 2), [1, steps, outputSize / 2]);
  }

  /** Gives a layer its weights, and keeps it to be disposed. */
  #own(layer, weights) {
    this.#owned.push(layer);
    layer.loadStateDict(weights);
    return layer;
  }

  #makeEncoder({ Conv1d, Nonlinearity, Sequential }, weights, bins) {
    const layers = ENCODER.flatMap(({ outputSize, stride }, at) => {
      const inputSize = at === 0 ? bins : ENCODER[at - 1].outputSize;
      const conv = new Conv1d({ inputSize, outputSize, stride, kernelSize: 3, padding: 1 });
      const name = `encoder.${at}.reparam_conv`;
      this.#own(conv, { weight: weights[`${name}.weight`], bias: weights[`${name}.bias`] });
      const relu = new Nonlinearity('relu');
      this.#owned.push(relu);
      return [conv, relu];
    });
    const encoder = new Sequential(layers);
    this.#owned.push(encoder);
    return encoder;
  }

  #makeLstm({ LSTM }, weights) {
    const names = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'];
    return this.#own(
      new LSTM({ inputSize: UNITS, hiddenSize: UNITS }),
      Object.fromEntries(names.map((name) => [`${name}_l0`, weights[`decoder.rnn.${name}`]])),
    );
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
