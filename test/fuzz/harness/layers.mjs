/** Descriptions of Keras' layers that contradict themselves or their weights. */

const SIZES = ['units', 'input_dim', 'output_dim'];
const ABSURD = [0, -1, 0.5, 2 ** 31, 2 ** 53, 1e300, null, 'x', [1]];
/** Layers that are not of the chain: Keras makes masks by one of them. */
const BESIDE = ['InputLayer', 'NotEqual'];
const CALLS = {
  class_name: '__lambda__',
  config: { code: '4wEAAAAAAAAAAAAAAAIAAAADAAAA8w==', defaults: null, closure: null },
};

/** Every object in a value. */
function objectsIn(value, found = []) {
  if (typeof value !== 'object' || value === null) return found;
  if (!Array.isArray(value)) found.push(value);
  for (const inner of Object.values(value)) objectsIn(inner, found);
  return found;
}

const renamed = (value, from, to) => JSON.parse(JSON.stringify(value).replaceAll(`"${from}"`, `"${to}"`));

/** Changes the description of a model so that it has to be refused; false if it cannot. */
export function damageLayers(random, model) {
  const { layers = model.config } = model.config;
  const layer = random.pick(layers.filter(({ class_name: name }) => !BESIDE.includes(name)));
  const { name } = layer.config;
  return random.pick([
    () => {
      const sized = objectsIn(layers).filter((config) =>
        SIZES.some((size) => typeof config[size] === 'number'),
      );
      if (sized.length === 0) return false;
      const config = random.pick(sized);
      const size = random.pick(SIZES.filter((key) => typeof config[key] === 'number'));
      config[size] = random.pick([config[size] + 1, config[size] * 2, ...ABSURD]);
    },
    () => {
      layers.splice(random.below(layers.length), 0, structuredClone(layer));
    },
    () => {
      // Its own input.
      const others = layers.map(({ config }) => config.name);
      if (!layer.inbound_nodes?.length) return false;
      for (const other of others) layer.inbound_nodes = renamed(layer.inbound_nodes, other, name);
    },
    () => {
      layer.class_name = random.pick([
        'Lambda',
        'TFOpLambda',
        'os.system',
        'constructor',
        '__proto__',
        null,
        1,
      ]);
      layer.config = { ...layer.config, function: CALLS, arguments: {} };
    },
    () => {
      model.class_name = random.pick(['Lambda', 'constructor', '', null]);
    },
    () => {
      layer.config = random.pick([null, [], 'x', 1]);
    },
  ])();
}
