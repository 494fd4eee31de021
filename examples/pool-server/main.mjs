// Many clients at one server: each sends a noisy wave, sample by sample, and gets it back with less noise.
//
//     node examples/pool-server/main.mjs [CLIENTS]

import { Random } from '../random.mjs';
import { connect } from './client.mjs';
import { drawWave, trainDenoiser } from './denoiser.mjs';
import { startServer } from './server.mjs';

const LENGTH = 256;

/** Mean of the squared differences. */
const noiseOf = (values, clean) =>
  values.reduce((sum, value, at) => sum + (value - clean[at]) ** 2, 0) / values.length;

/** Sends a wave and reads it back; the noise before and after. */
async function clean(port, { clean: wanted, noisy }) {
  const client = await connect(port);
  client.send(noisy);
  const cleaned = [];
  while (cleaned.length < LENGTH) cleaned.push((await client.output())[0]);
  client.close();
  return { before: noiseOf(noisy, wanted), after: noiseOf(cleaned, wanted) };
}

const clients = Number(process.argv[2] ?? 100);
const model = await trainDenoiser();
const server = await startServer(model);
const random = new Random(2, 'clients');
const start = performance.now();
const results = await Promise.all(
  Array.from({ length: clients }, () => clean(server.port, drawWave(random, LENGTH))),
);
const seconds = (performance.now() - start) / 1000;
const { steps, frames } = server.steps();
await server.close();
const mean = (name) => results.reduce((sum, result) => sum + result[name], 0) / results.length;
console.log(
  `${clients} clients, ${frames} frames in ${steps} steps, ${Math.round(frames / seconds)} a second`,
);
console.log(`noise ${mean('before').toFixed(4)}, ${mean('after').toFixed(4)} behind the model`);
