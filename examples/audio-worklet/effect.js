// The amplifier as a node of Web Audio.

import { SAMPLE_RATE } from './sound.js';

/** Milliseconds that a block of 128 samples lasts. */
export const BLOCK_MS = (128 / SAMPLE_RATE) * 1000;

/**
 * An `AudioWorkletNode` with the parameter `wet`, from 0 (what comes in) to 1.
 *
 * @param context of 48 kHz, which the model was trained for
 * @param onShare gets the share of a block's time that computing it takes, about every second
 */
export async function createAmplifier(context, onShare) {
  const beside = (file) => new URL(file, import.meta.url);
  const [response] = await Promise.all([
    fetch(beside('amplifier.safetensors')),
    context.audioWorklet.addModule(beside('processor.js')),
  ]);
  const model = new Uint8Array(await response.arrayBuffer());
  const options = { outputChannelCount: [1], channelCount: 1, channelCountMode: 'explicit' };
  const node = new AudioWorkletNode(context, 'amplifier', { ...options, processorOptions: { model } });
  node.port.onmessage = ({ data: blockMs }) => onShare(blockMs / BLOCK_MS);
  return node;
}

/** A source of these samples, in mono. */
export function sourceOf(context, samples) {
  const buffer = new AudioBuffer({ length: samples.length, sampleRate: SAMPLE_RATE });
  buffer.copyToChannel(samples, 0);
  return new AudioBufferSourceNode(context, { buffer });
}

/** Samples through the amplifier, as fast as that goes: `{ output, shares }`. */
export async function render(samples) {
  const context = new OfflineAudioContext(1, samples.length, SAMPLE_RATE);
  const shares = [];
  const amplifier = await createAmplifier(context, (share) => shares.push(share));
  const source = sourceOf(context, samples);
  source.connect(amplifier).connect(context.destination);
  source.start();
  const output = (await context.startRendering()).getChannelData(0);
  return { output, shares };
}
