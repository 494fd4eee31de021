/**
 * Makes the models beside it with TensorFlow.js, and `cases.json`: inputs and TensorFlow.js' outputs.
 *
 *     npm ci --prefix test/formats/tfjs/peer && node test/formats/tfjs/make.mjs
 */

import { writeFileSync } from 'node:fs';
import * as tf from './peer/index.mjs';

const HERE = new URL('.', import.meta.url);
const [BATCH, TIME, INPUTS, UNITS] = [2, 5, 3, 4];
const { layers: L } = tf;
const cases = [];

/** Deterministic numbers from -0.8 to 0.8. */
function draw(seed, count) {
  let state = seed * 2654435761;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 1.6 - 0.8;
  });
}

const countOf = (shape) => shape.reduce((product, size) => product * size, 1);

async function artifactsOf(model) {
  let kept;
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    kept = artifacts;
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  });
  await model.save(handler);
  return kept;
}

/** Whole numbers in the place of weights, by the formula of tensorflowjs_converter. */
function quantised({ weightSpecs, weightData, ...rest }, dtype) {
  const parts = [];
  let at = 0;
  const specs = weightSpecs.map((spec) => {
    const values = new Float32Array(weightData, at, countOf(spec.shape));
    at += values.byteLength;
    if (dtype === 'float16') {
      // Whole multiples of 2^-10 below 1 are halves as they are.
      const halves = Uint16Array.from(values, (value) => {
        const units = Math.round(Math.abs(value) * 1024);
        if (units === 0) return 0;
        const exponent = Math.floor(Math.log2(units));
        return (value < 0 ? 0x8000 : 0) | ((exponent + 5) << 10) | ((units / 2 ** exponent - 1) * 1024);
      });
      parts.push(new Uint8Array(halves.buffer));
      return { ...spec, quantization: { dtype: 'float16', original_dtype: 'float32' } };
    }
    const top = dtype === 'uint8' ? 255 : 65535;
    const [min, max] = [Math.min(...values), Math.max(...values)];
    const scale = (max - min) / top || 1;
    const whole = (dtype === 'uint8' ? Uint8Array : Uint16Array).from(values, (value) =>
      Math.round((value - min) / scale),
    );
    parts.push(new Uint8Array(whole.buffer));
    return { ...spec, quantization: { dtype, scale, min, original_dtype: 'float32' } };
  });
  return { ...rest, weightSpecs: specs, weightData: new Uint8Array(Buffer.concat(parts)).buffer };
}

function write(name, { weightSpecs, weightData, ...json }, shardBytes) {
  const paths = [];
  for (let at = 0; at < weightData.byteLength; at += shardBytes) {
    paths.push(`${name}-shard${paths.length + 1}.bin`);
    writeFileSync(new URL(paths.at(-1), HERE), new Uint8Array(weightData.slice(at, at + shardBytes)));
  }
  const document = { ...json, weightsManifest: [{ paths, weights: weightSpecs }] };
  writeFileSync(new URL(`${name}.json`, HERE), `${JSON.stringify(document)}\n`);
}

async function add(
  name,
  model,
  {
    x = tf.tensor(draw(cases.length + 50, BATCH * TIME * INPUTS), [BATCH, TIME, INPUTS]),
    dtype,
    shardBytes = 2 ** 22,
  } = {},
) {
  model.setWeights(
    model
      .getWeights()
      .map(({ shape }, at) => tf.tensor(draw(100 * (cases.length + 1) + at, countOf(shape)), shape)),
  );
  const artifacts = dtype ? quantised(await artifactsOf(model), dtype) : await artifactsOf(model);
  write(name, artifacts, shardBytes);
  // What TensorFlow.js makes of the same artefacts.
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  const y = loaded.predict(x);
  cases.push({
    file: `${name}.json`,
    x: { dtype: x.dtype, shape: x.shape, data: Array.from(x.dataSync()) },
    output: { shape: y.shape, data: Array.from(y.dataSync()) },
  });
}

const chain = (...layers) =>
  tf.sequential({ layers: [L.inputLayer({ inputShape: [TIME, INPUTS] }), ...layers] });
const sigmoid = { recurrentActivation: 'sigmoid' };

await tf.setBackend('cpu');
await add('rnn', chain(L.simpleRNN({ units: UNITS })));
await add('lstm', chain(L.lstm({ units: UNITS, ...sigmoid })));
await add('lstm-hard-sigmoid', chain(L.lstm({ units: UNITS, returnSequences: true })));
await add('gru', chain(L.gru({ units: UNITS, ...sigmoid })));
await add('gru-no-bias', chain(L.gru({ units: UNITS, useBias: false })));
for (const mergeMode of ['concat', 'sum', 'mul', 'ave']) {
  const layer = L.gru({ units: UNITS, returnSequences: true });
  await add(`bidirectional-${mergeMode}`, chain(L.bidirectional({ layer, mergeMode })));
}
await add(
  'everything',
  chain(
    L.timeDistributed({ layer: L.dense({ units: 6, activation: 'tanh' }) }),
    L.layerNormalization(),
    L.bidirectional({
      layer: L.lstm({ units: UNITS, returnSequences: true, dropout: 0.1 }),
      mergeMode: 'concat',
    }),
    L.dropout({ rate: 0.2 }),
    L.gru({ units: UNITS, returnSequences: true, goBackwards: true }),
    L.simpleRNN({ units: UNITS, activation: 'relu' }),
    L.activation({ activation: 'softsign' }),
    L.dense({ units: 3, activation: 'softmax' }),
  ),
  { shardBytes: 1000 },
);
const ids = tf.tensor(
  [
    [0, 0, 3, 7, 1],
    [4, 2, 9, 0, 0],
  ],
  undefined,
  'int32',
);
const embedding = (maskZero) =>
  L.embedding({ inputDim: 10, outputDim: INPUTS, inputShape: [TIME], maskZero });
await add(
  'embedding',
  tf.sequential({ layers: [embedding(false), L.lstm({ units: UNITS }), L.dense({ units: 2 })] }),
  { x: ids },
);
const input = tf.input({ shape: [TIME, INPUTS] });
const steps = L.lstm({ units: UNITS, returnSequences: true, ...sigmoid }).apply(input);
await add(
  'functional',
  tf.model({ inputs: input, outputs: L.dense({ units: 2, activation: 'sigmoid' }).apply(steps) }),
);
for (const dtype of ['uint8', 'uint16', 'float16'])
  await add(dtype, chain(L.lstm({ units: UNITS }), L.dense({ units: 2 })), { dtype });

const refused = chain(
  L.conv1d({ filters: 2, kernelSize: 2, name: 'first' }),
  L.flatten({ name: 'second' }),
  L.dense({ units: 1, activation: 'selu', name: 'third' }),
);
write('refused-layers', await artifactsOf(refused), 2 ** 22);
writeFileSync(new URL('cases.json', HERE), `${JSON.stringify({ tfjs: tf.version.tfjs, cases })}\n`);
