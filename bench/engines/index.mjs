/**
 * The engines and how their processes are started. Each is `{ name, command, threads, mayLack, prepare }`; `mayLack` ones are left
 * out with a word where the machine has none, and `prepare(work, data)` gives what the process loads, if that is not the data.
 */

import { fileURLToPath } from 'node:url';
import { onnxModel } from './onnxruntime/model.mjs';
import { buildRustPeers } from './rust/build.mjs';

const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));

function worker(args, env = {}) {
  return {
    file: process.execPath,
    args: [...process.execArgv, '--expose-gc', pathOf('../process/worker.mjs'), ...args],
    env,
  };
}

function python(suite, threads) {
  return {
    file: process.env.CELLGATE_PYTHON ?? 'python3',
    args: [pathOf('pytorch/worker.py'), suite, String(threads)],
    env: { OMP_NUM_THREADS: String(threads) },
  };
}

function native(suite, threads, root = '') {
  const env = { RAYON_NUM_THREADS: String(threads) };
  return { command: worker(['cellgate', suite, 'native', '', root], env), threads };
}

const wasm = (suite, isa, root = '') => ({ command: worker(['cellgate', suite, 'wasm', isa, root]) });

/** cellgate natively on one thread and on `threads`, and its two WebAssembly artefacts; of another tree at `root`. */
function cellgate(suite, { threads, root, suffix = '' }) {
  const several = { ...native(suite, threads, root), name: `cellgate native${suffix}, ${threads} threads` };
  return [
    { ...native(suite, 1, root), name: `cellgate native${suffix}` },
    ...(threads > 1 ? [several] : []),
    { ...wasm(suite, 'simd128', root), name: `cellgate wasm simd128${suffix}` },
    { ...wasm(suite, 'relaxed', root), name: `cellgate wasm relaxed${suffix}`, mayLack: true },
  ].map((engine) => ({ ...engine, suffix }));
}

const pytorch = (suite, threads) => ({ name: 'pytorch', command: python(suite, threads), mayLack: true });

const javascript = (suite) => [
  { name: 'tensorflow.js wasm', command: worker(['tensorflow', suite, 'wasm']) },
  { name: 'tensorflow.js cpu', command: worker(['tensorflow', suite, 'cpu']) },
  { name: 'brain.js', command: worker(['brain', suite]) },
];

/** Engines of Rust, compiled when they are asked for. */
function rust() {
  const file = buildRustPeers();
  // A plain array: what JSON makes of a Buffer is settled before the wire sees it.
  const prepare = (work, { parameters, inputs }) => ({
    model: new Uint8Array(onnxModel(work, parameters)),
    inputs,
  });
  return ['rten', 'tract'].map((name) => ({
    name,
    command: { file, args: [name], env: { RTEN_NUM_THREADS: '1' } },
    prepare,
  }));
}

/** All on `threads`; on more than one, only those that have threads, with cellgate on one beside them. */
export function inferenceEngines(threads, { hasRust = false } = {}) {
  const ort = (kind) => ({
    name: `onnxruntime-${kind}`,
    command: worker(['onnxruntime', 'inference', kind, String(threads)]),
  });
  const own = cellgate('inference', { threads });
  const isThreaded = ({ name }) => name.startsWith('cellgate native');
  return threads > 1
    ? [ort('node'), pytorch('inference', threads), ...own.filter(isThreaded)]
    : [
        ort('node'),
        pytorch('inference', 1),
        ...(hasRust ? rust() : []),
        ort('web'),
        ...javascript('inference'),
        ...own,
      ];
}

/** All on one thread, and cellgate on `threads` as well. */
export function trainingEngines(threads) {
  return [pytorch('training', 1), ...javascript('training'), ...cellgate('training', { threads })];
}

/** All on one thread; cellgate as layers, and as its importer runs the file. */
export function vadEngines() {
  const ort = (kind) => ({ name: `onnxruntime-${kind}`, command: worker(['onnxruntime', 'vad', kind]) });
  const own = (kind, isa, form, env = {}) => ({
    name: `cellgate ${kind} ${isa} ${form}`,
    suffix: form === 'layers' ? '' : ', imported',
    mayLack: isa === 'relaxed',
    command: worker(['cellgate', 'vad', kind, isa, form], env),
  });
  const forms = ['layers', 'importer'];
  return [
    ort('node'),
    ort('web'),
    ...forms.map((form) => own('native', '', form, { RAYON_NUM_THREADS: '1' })),
    ...['simd128', 'relaxed'].flatMap((isa) => forms.map((form) => own('wasm', isa, form))),
  ];
}

/** This tree and another one of the commit `name`. */
export function againstEngines({ threads, name, root }) {
  return [
    ...cellgate('inference', { threads, root, suffix: ` @${name}` }),
    ...cellgate('inference', { threads }),
  ];
}

/** cellgate alone, on one thread. */
export const ownEngines = () => cellgate('inference', { threads: 1 });
