// The page: how likely it is that somebody speaks, and when somebody has.

import { createVoiceDetector, RATE } from './voice.js';

const element = (id) => document.getElementById(id);
const [listen, meter, segments, fault] = ['listen', 'meter', 'segments', 'fault'].map(element);

function show({ probability, segment }) {
  meter.value = probability;
  if (!segment) return;
  const item = document.createElement('li');
  item.textContent = `${segment.start.toFixed(2)} s to ${segment.end.toFixed(2)} s`;
  segments.append(item);
}

async function start() {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true });
  const context = new AudioContext({ sampleRate: RATE });
  const detector = await createVoiceDetector(context, show);
  new MediaStreamAudioSourceNode(context, { mediaStream: media }).connect(detector);
  return async () => {
    for (const track of media.getTracks()) track.stop();
    await context.close();
  };
}

let stop;

async function toggle() {
  if (stop) {
    await stop();
    stop = undefined;
  } else {
    segments.replaceChildren();
    stop = await start();
  }
  listen.textContent = stop ? 'Stop' : 'Listen';
}

listen.addEventListener('click', () => {
  fault.textContent = '';
  listen.disabled = true;
  toggle()
    .catch((error) => {
      fault.textContent = `${error}`;
    })
    .finally(() => {
      listen.disabled = false;
    });
});
