// The page: strings, the amplifier, and how much of the time it takes.

import { createAmplifier, sourceOf } from './effect.js';
import { SAMPLE_RATE, strum } from './sound.js';

const SECONDS = 8;

const element = (id) => document.getElementById(id);
const [play, wet, meter, share, fault] = ['play', 'wet', 'meter', 'share', 'fault'].map(element);

function showShare(value) {
  meter.value = value;
  share.textContent = `${(100 * value).toFixed(1)} %`;
}

async function start() {
  const context = new AudioContext({ sampleRate: SAMPLE_RATE });
  const amplifier = await createAmplifier(context, showShare);
  amplifier.onprocessorerror = ({ message }) => {
    fault.textContent = `The amplifier has stopped: ${message ?? 'its thread has failed'}`;
  };
  const source = sourceOf(context, strum(SECONDS));
  source.loop = true;
  source.connect(amplifier).connect(context.destination);
  source.start();
  return { context, amplifier };
}

let running;

function setWet() {
  const parameter = running?.amplifier.parameters.get('wet');
  parameter?.setTargetAtTime(wet.checked ? 1 : 0, running.context.currentTime, 0.02);
}

async function toggle() {
  if (running) {
    await running.context.close();
    running = undefined;
  } else {
    running = await start();
    setWet();
  }
  play.textContent = running ? 'Stop' : 'Play';
}

play.addEventListener('click', () => {
  fault.textContent = '';
  play.disabled = true;
  toggle()
    .catch((error) => {
      fault.textContent = `${error}`;
    })
    .finally(() => {
      play.disabled = false;
    });
});
wet.addEventListener('change', setWet);
