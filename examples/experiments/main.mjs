// The experiments: npm run experiment -- NAME [--seeds 5] [--backend auto|native|wasm] [--quick]
//
// Prints tables and writes pictures into out/. README.md beside this file says what each one is about.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { backend, init } from 'cellgate';

const NAMES = [
  'vanishing',
  'adding',
  'reber',
  'continual-reber',
  'temporal-order',
  'timing',
  'copy',
  'variants',
  'gates',
  'charlm',
  'mnist-rows',
];
const BACKENDS = ['auto', 'native', 'wasm'];
const USAGE = 'npm run experiment -- NAME [--seeds 5] [--backend auto|native|wasm] [--quick]';

const request = read(process.argv.slice(2));
if (typeof request === 'string') {
  console.error(`experiment: ${request}`);
  process.exitCode = 2;
} else if (request.name === undefined) {
  await list();
} else {
  await perform(request);
}

/** What is asked, or a sentence that says what is wrong with it. */
function read(args) {
  const options = {
    seeds: { type: 'string', default: '5' },
    backend: { type: 'string', default: 'auto' },
    quick: { type: 'boolean', default: false },
  };
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    return error.message.split('. ')[0];
  }
  const { values, positionals } = parsed;
  const [name, ...more] = positionals;
  const seeds = Number(values.seeds);
  if (more.length > 0) return `one name at a time, got ${positionals.join(' ')}`;
  if (name !== undefined && !NAMES.includes(name))
    return `NAME must be one of ${NAMES.join(', ')}, got ${name}`;
  if (!Number.isInteger(seeds) || seeds < 1) return `--seeds must be an integer from 1, got ${values.seeds}`;
  if (!BACKENDS.includes(values.backend)) {
    return `--backend must be one of ${BACKENDS.join(', ')}, got ${values.backend}`;
  }
  return { name, seeds, kind: values.backend, quick: values.quick };
}

async function list() {
  const width = Math.max(...NAMES.map((name) => name.length));
  console.log(`${USAGE}\n`);
  for (const name of NAMES) {
    const { summary } = await import(`./${name}.mjs`);
    console.log(`  ${name.padEnd(width)}  ${summary}`);
  }
}

async function perform({ name, seeds, kind, quick }) {
  await init(kind === 'auto' ? {} : { backend: kind });
  const start = performance.now();
  const { run } = await import(`./${name}.mjs`);
  await run({ seeds, quick, print: (text) => console.log(text), save });
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const used = backend();
  console.log(`\n${name}${quick ? ', quick' : ''}: ${seconds} s on ${used.kind} ${used.isa}`);
}

function save(name, svg) {
  const file = join('out', name);
  mkdirSync('out', { recursive: true });
  writeFileSync(file, svg);
  console.log(`written ${file}\n`);
}
