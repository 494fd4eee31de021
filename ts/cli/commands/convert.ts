import path from 'node:path';
import { CellgateError } from '../../errors.js';
import { command } from '../command.js';
import { endingOf, writeBytes } from '../files.js';
import { type OpenModel, openModel } from '../models.js';
import { withRecipe } from '../recipe.js';
import { note } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** A file, and those that have to lie beside it, by name. */
interface Written {
  readonly content: Uint8Array | string;
  readonly beside?: Readonly<Record<string, Uint8Array>>;
}

/** How a model is written. */
const WRITERS: Readonly<Record<string, (open: OpenModel, to: string) => Promise<Written>>> = {
  safetensors: async ({ model, recipe }) => {
    const bytes = model.save({ training: false });
    return { content: recipe ? withRecipe(bytes, recipe) : bytes };
  },
  onnx: async ({ model }) => {
    const { saveOnnx } = await import('../../onnx/export/save.js');
    return { content: saveOnnx(model) };
  },
  tfjs: async ({ model }, to) => {
    const { saveTfjs } = await import('../../tfjs/save.js');
    const { modelJson, shards } = saveTfjs(model);
    const { name: own } = path.parse(to);
    const manifest = modelJson.weightsManifest as readonly { readonly paths: readonly string[] }[];
    // Models in one folder have a file of weights each.
    const weightsManifest = manifest.map((group) => ({
      ...group,
      paths: group.paths.map((name) => name.replace(/^group1(?=-)/, () => own)),
    }));
    const names = weightsManifest.flatMap(({ paths }) => paths);
    const beside = Object.fromEntries(names.map((name, index) => [name, shards[index] as Uint8Array]));
    return { content: JSON.stringify({ ...modelJson, weightsManifest }), beside };
  },
};

/** Formats by the ending of the file; others have their own name. */
const ENDINGS: Readonly<Record<string, string>> = { json: 'tfjs' };

export const convert = command({
  name: 'convert',
  summary: 'write a model in another format',
  positionals: ['IN', 'OUT'],
  options: {
    to: {
      value: 'FORMAT',
      about: `${Object.keys(WRITERS).join(', ')}, instead of what the ending of OUT says`,
    },
  },
  details:
    'What a file is of is told by its content. A .safetensors file has the weights by the names of PyTorch, and in its\n' +
    'metadata the layers; a .json file is a layers model of TensorFlow.js, whose weights are written beside it, named\n' +
    'after it.',
  examples: [
    'cellgate convert model.keras model.safetensors',
    'cellgate convert weights.pt - --to onnx > model.onnx',
  ],
  async run([from = '', to = ''], options) {
    const format = options.to ?? ENDINGS[endingOf(to)] ?? endingOf(to);
    const writer = Object.hasOwn(WRITERS, format) ? WRITERS[format] : undefined;
    if (!writer) {
      const known = Object.keys(WRITERS).join(', ');
      throw new UsageError(`the format must be one of ${known}, got ${JSON.stringify(format)}`);
    }
    const open = await openModel(from);
    if (open.recipe && format !== 'safetensors') {
      throw new CellgateError(
        'unsupported',
        from,
        'a model that forecasts must stay safetensors, which keeps its columns',
        format,
      );
    }
    if (open.audio) {
      const expected =
        'a network for sound must stay as it is: other formats have no place for what is around its layers';
      throw new CellgateError('unsupported', from, expected, format);
    }
    const { content, beside = {} } = await writer(open, to);
    if (to === '-' && Object.keys(beside).length > 0) {
      throw new UsageError(`${format} has files beside the first: name a file, not the standard output`);
    }
    for (const [name, bytes] of Object.entries(beside))
      await writeBytes(path.join(path.dirname(to), name), bytes);
    await writeBytes(to, content);
    if (open.remark) await note(open.remark);
  },
});
