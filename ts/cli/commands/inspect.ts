import { internals, type Module } from '../../module.js';
import { figure } from '../../plot/figure.js';
import { short } from '../../plot/numbers.js';
import { printable } from '../../plot/texts.js';
import { textTable } from '../../text-table.js';
import { checkOutputs, command } from '../command.js';
import { nameOf, writeBytes } from '../files.js';
import { type OpenNetwork, openFile } from '../models.js';
import { type Statistics, sparkline, statisticsOf } from '../statistics.js';
import { print, printJson } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { type Part, partsOfLayer } from '../weights.js';

type Described = Omit<Part, 'values'> & Statistics;

interface DescribedLayer {
  readonly index: number;
  readonly kind: string;
  readonly options: unknown;
  readonly parameters: number;
  readonly weights: readonly Described[];
}

function describeLayer(layer: Module, index: number, dict: ReturnType<Module['stateDict']>): DescribedLayer {
  const { kind, options } = internals(layer).info;
  const parts = partsOfLayer(layer, index, dict);
  const weights = parts.map(({ parameter, gate, values }) => ({ parameter, gate, ...statisticsOf(values) }));
  return {
    index,
    kind,
    options,
    parameters: weights.reduce((sum, { count }) => sum + count, 0),
    weights,
  };
}

function weightTable(layers: readonly DescribedLayer[]): string {
  const rows = layers.flatMap(({ weights }) =>
    weights.map((part, index) => [
      part.parameter === weights[index - 1]?.parameter ? '' : printable(part.parameter),
      part.gate ?? '',
      ...[part.mean, part.deviation, part.min, part.max].map(short),
      sparkline(part.histogram) + (part.broken > 0 ? `  ${part.broken} not finite` : ''),
    ]),
  );
  const head = ['weights', 'gate', 'mean', 'deviation', 'min', 'max', 'histogram'];
  return textTable([head, ...rows], ['left', 'left', 'right', 'right', 'right', 'right', 'left']);
}

function portTable(ports: { readonly [kind: string]: OpenNetwork['network']['inputs'] }): string {
  const rows = Object.entries(ports).flatMap(([kind, list]) =>
    list.map(({ name, dtype, shape }, index) => [
      index === 0 ? kind : '',
      printable(name),
      dtype,
      shape ? `[${shape.map((size) => printable(String(size))).join(', ')}]` : '',
    ]),
  );
  return textTable([['', 'name', 'type', 'shape'], ...rows], ['left', 'left', 'left', 'left']);
}

function histograms(name: string, layers: readonly DescribedLayer[]): string {
  const panels = layers.flatMap(({ weights }) =>
    weights.map(({ parameter, gate, mean, deviation, histogram }) => ({
      kind: 'histogram' as const,
      title: gate ? `${parameter}, ${gate}` : parameter,
      note: `mean ${short(mean)}, deviation ${short(deviation)}`,
      ...histogram,
    })),
  );
  return figure(panels, { title: `Weights of ${name}`, height: 80 });
}

export const inspect = command({
  name: 'inspect',
  summary: 'show the layers of a model, and the weights of each gate',
  positionals: ['FILE'],
  options: {
    svg: { value: 'FILE', about: 'write histograms of all weights as a picture' },
    json: { about: 'print everything as JSON' },
  },
  details:
    "Reads a model of any known format. A mean of the forget gate's biases far above 0 says that cells begin by\n" +
    'remembering; the input and recurrent bias of a gate add up.',
  examples: ['cellgate inspect model.safetensors', 'cellgate inspect model.safetensors --svg weights.svg'],
  async run([file = ''], options) {
    checkOutputs(options.json, 'svg', options.svg);
    const open = await openFile(file);
    const { format, bytes } = open;
    const head = `${nameOf(file)}: ${format}, ${short(bytes)} bytes`;
    if ('network' in open) {
      const { inputs, outputs } = open.network;
      if (options.svg !== undefined) throw new UsageError('--svg needs a model whose layers are known');
      return options.json
        ? printJson({ file, format, bytes, inputs, outputs })
        : print([head, portTable({ inputs, outputs })].join('\n\n'));
    }
    const { model, recipe, remark } = open;
    const dict = model.stateDict();
    const layers = (model.layers as readonly Module[]).map((layer, index) =>
      describeLayer(layer, index, dict),
    );
    const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
    if (options.svg !== undefined) await writeBytes(options.svg, histograms(nameOf(file), layers));
    if (options.json) return printJson({ file, format, bytes, parameters, layers, recipe, remark });
    const parts = [
      remark ? `${head}\n${remark}` : head,
      model.summary(),
      ...(parameters > 0 ? [weightTable(layers)] : []),
      ...(recipe
        ? [
            printable(
              `forecasts ${recipe.target} ${recipe.horizon === 1 ? 'of the next row' : `${recipe.horizon} rows ahead`}, from the last ${recipe.window} rows of ${recipe.inputs.map(({ column }) => column).join(', ')}`,
            ),
          ]
        : []),
    ];
    if (options.svg !== '-') await print(parts.join('\n\n'));
  },
});
