/** What targets share: files of the format tests as seeds, and what an accepted result must be. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tensor } from 'cellgate';

/** The files of `test/formats/FOLDER` that a pattern matches; of a size that a fuzzer can try often. */
export function seedsOf(folder, pattern, most = 128 * 1024) {
  const root = fileURLToPath(new URL(`../../formats/${folder}/`, import.meta.url));
  return readdirSync(root)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => new Uint8Array(readFileSync(root + name)))
    .filter(({ length }) => length <= most);
}

/** What is wrong with tensors by name; undefined if nothing. */
export function faultOfDict(dict) {
  const names = Object.keys(dict);
  if (names.length === 0) return 'accepts a file without weights';
  for (const name of names) {
    const { shape, data } = dict[name];
    if (shape.reduce((product, size) => product * size, 1) !== data.length)
      return `${name} has a wrong shape`;
    if (!data.every(Number.isFinite)) return `${name} is not finite`;
  }
  return undefined;
}

/** Runs a model on ids or values, whichever it takes. */
function predict(model) {
  const [first] = model.layers;
  if (first.kind === 'Embedding') return model.predict(tensor([[0, 0]], undefined, 'int32'));
  const sized = model.layers.find((layer) => 'inputSize' in layer || 'size' in layer);
  const inputSize = sized?.inputSize ?? sized?.size ?? 1;
  return model.predict(tensor(new Float32Array(2 * inputSize).fill(0.5), [1, 2, inputSize]));
}

/** What is wrong with a model, which is run and disposed; undefined if nothing. */
export function faultOfModel(model) {
  try {
    const { layers } = model;
    const dict = model.stateDict();
    const fault = Object.keys(dict).length > 0 ? faultOfDict(dict) : undefined;
    const output = predict(model);
    const count = output.shape.reduce((product, size) => product * size, 1);
    return (
      fault ??
      (count === output.data.length && layers.length > 0 ? undefined : 'the output has a wrong shape')
    );
  } finally {
    for (const layer of model.layers) layer.dispose();
    model.dispose();
  }
}

/** What is wrong with a network for sound. */
export function faultOfAudio(audio) {
  const { inputSize, outputSize } = audio;
  const output = audio.run(new Float32Array(3 * inputSize).fill(0.5));
  const fault = output.length === 3 * outputSize ? undefined : 'the output has a wrong length';
  return fault ?? faultOfModel(audio.model);
}
