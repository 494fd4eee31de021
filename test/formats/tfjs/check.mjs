/**
 * Runs in TensorFlow.js what `saveTfjs` writes, and compares its outputs with ours.
 *
 *     npm ci --prefix test/formats/tfjs/peer && node test/formats/tfjs/check.mjs
 */

import { backend } from 'cellgate';
import { saveTfjs } from 'cellgate/tfjs';
import { MODELS } from './models.mjs';
import * as tf from './peer/index.mjs';

const TOLERANCE = 1e-5;

await tf.setBackend('cpu');
for (const [name, make] of Object.entries(MODELS)) {
  const [model, x] = make();
  const { modelJson, shards } = saveTfjs(model);
  const { modelTopology, weightsManifest } = JSON.parse(JSON.stringify(modelJson));
  const artifacts = { modelTopology, weightSpecs: weightsManifest[0].weights, weightData: shards[0].buffer };
  const theirs = (await tf.loadLayersModel(tf.io.fromMemory(artifacts))).predict(
    tf.tensor(x.data, x.shape, x.dtype),
  );
  const ours = model.predict(x);
  const error = Math.max(...theirs.dataSync().map((value, at) => Math.abs(value - ours.data[at])));
  const isSame = theirs.shape.join() === ours.shape.join() && error < TOLERANCE;
  console.log(
    `${isSame ? 'equal' : 'WRONG'}  ${name}: [${theirs.shape}], largest difference ${error.toExponential(1)}`,
  );
  if (!isSame) process.exitCode = 1;
}
console.log(`TensorFlow.js ${tf.version.tfjs}, ${backend().kind}`);
