import { CellgateError } from '../../errors.js';
import { command } from '../command.js';
import { endingOf, writeBytes } from '../files.js';
import { type OpenModel, openModel } from '../models.js';
import { withRecipe } from '../recipe.js';
import { note } from '../terminal.js';
import { UsageError } from '../usage-error.js';

/** How a model is written, by the ending of the file. */
const WRITERS: Readonly<Record<string, (open: OpenModel) => Promise<Uint8Array>>> = {
  safetensors: async ({ model, recipe }) => {
    const bytes = model.save({ training: false });
    return recipe ? withRecipe(bytes, recipe) : bytes;
  },
};

export const convert = command({
  name: 'convert',
  summary: 'write a model in another format',
  positionals: ['IN', 'OUT'],
  options: {
    to: {
      value: 'FORMAT',
      about: `${Object.keys(WRITERS).join(' or ')}, instead of what the ending of OUT says`,
    },
  },
  details:
    'What a file is of is told by its content. A .safetensors file has the weights by the names of PyTorch, and in its\n' +
    'metadata the layers.',
  examples: [
    'cellgate convert model.keras model.safetensors',
    'cellgate convert weights.pt - --to onnx > model.onnx',
  ],
  async run([from = '', to = ''], options) {
    const format = options.to ?? endingOf(to);
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
    await writeBytes(to, await writer(open));
    if (open.remark) await note(open.remark);
  },
});
