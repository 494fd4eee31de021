/** Models from files of Keras: their outputs are Keras' own. */
import { loadKeras, MaskedSequential } from 'cellgate/keras';
import { describe, expect, it } from 'vitest';
import { expectClose, expectRejection, toTensor } from '../../contract/helpers.js';
import { tensor } from '../../contract/api.js';
import { exactly, type FormatCase, inputOf, read, readCases } from '../files.js';

const load = (file: string) => loadKeras(read('keras', file));

describe.each(['keras2', 'keras3'])('models of %s', (version) => {
  const cases = readCases<FormatCase>('keras', `${version}.json`);

  it.each(cases.map((golden) => [golden.file, golden] as const))('%s', async (file, golden) => {
    using model = await load(file);
    expectClose(file, model.predict(inputOf(golden) as never), golden.output);
  });
});
