/** Commands: what their options are, in one table each, from which both the reader and the help are made. */
import { parseArgs } from 'node:util';
import { describe, reasonOf } from '../errors.js';
import { UsageError } from './usage-error.js';

/** An option; `value` is what stands for its argument in the help, absent for a switch. */
export interface Option {
  readonly value?: string;
  readonly short?: string;
  readonly about: string;
}

export type Options = Readonly<Record<string, Option>>;

/** What was given: texts of options with a value, true for switches. */
export type Given<O extends Options> = {
  readonly [K in keyof O]?: O[K] extends { readonly value: string } ? string : boolean;
};

export interface Command<O extends Options = Options> {
  readonly name: string;
  readonly summary: string;
  /** Arguments by name, in order; those in square brackets may be left out. */
  readonly positionals: readonly string[];
  readonly options: O;
  /** Paragraphs of the help. */
  readonly details: string;
  readonly examples: readonly string[];
  run(positionals: readonly string[], options: Given<O>): Promise<void>;
}

/** Lets the compiler find the types of the options. */
export const command = <const O extends Options>(definition: Command<O>): Command<O> => definition;

export const HELP: Options = { help: { short: 'h', about: 'show this text' } };

/** What the reader of the platform refuses, in fewer words: its first sentence is followed by advice. */
function faultOf(message: string): string {
  const [first = ''] = message.split(/\. |\.?\n/);
  const [, ambiguous] = /^Option '(?:-\w, )?(--\w+).*' argument is ambiguous/.exec(first) ?? [];
  if (ambiguous) return `${ambiguous} needs a value; one that begins with a dash is written ${ambiguous}=-1`;
  return first
    .replace(/\.$/, '')
    .replace(/^Unknown option/, 'unknown option')
    .replace(/^Option/, 'option');
}

/** Reads the arguments behind the name of a command. */
export function readArguments(
  { positionals: names, options }: Pick<Command, 'positionals' | 'options'>,
  args: readonly string[],
): { positionals: string[]; options: Given<Options> } {
  const known = Object.fromEntries(
    Object.entries({ ...options, ...HELP }).map(([key, { value, short }]) => [
      key,
      { type: value === undefined ? ('boolean' as const) : ('string' as const), ...(short && { short }) },
    ]),
  );
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options: known, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(faultOf(reasonOf(error)));
  }
  const { positionals, values } = parsed;
  if (values.help) return { positionals, options: { help: true } };
  const least = names.filter((argument) => !argument.startsWith('[')).length;
  if (positionals.length < least) throw new UsageError(`${names[positionals.length]} is missing`);
  if (positionals.length > names.length) {
    throw new UsageError(`unexpected argument ${describe(positionals[names.length])}`);
  }
  return { positionals, options: values as Given<Options> };
}

/** An option that is a number. */
export function numberOf(
  name: string,
  text: string | undefined,
  preset: number,
  { min, max = Number.POSITIVE_INFINITY, isWhole = true }: { min: number; max?: number; isWhole?: boolean },
): number {
  if (text === undefined) return preset;
  const value = Number(text);
  const fits = text.trim() !== '' && value >= min && value <= max && (!isWhole || Number.isInteger(value));
  if (fits) return value;
  const kind = isWhole ? 'a whole number' : 'a number';
  const range = Number.isFinite(max) ? `from ${min} to ${max}` : `from ${min}`;
  throw new UsageError(`--${name} must be ${kind} ${range}, got ${JSON.stringify(text)}`);
}

/** An option that is one of some words. */
export function wordOf<const W extends string>(
  name: string,
  text: string | undefined,
  words: readonly W[],
  preset: W,
): W {
  if (text === undefined) return preset;
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  throw new UsageError(`--${name} must be one of ${words.join(', ')}, got ${JSON.stringify(text)}`);
}

/** JSON and a file that is `-` cannot both be on the standard output. */
export function checkOutputs(isJson: boolean | undefined, name: string, file: string | undefined): void {
  if (isJson && file === '-') throw new UsageError(`--json and --${name} - both mean the standard output`);
}

/** Refuses options that a kind of model would not heed. */
export function refuseOptions<O extends object>(
  options: O,
  names: readonly (keyof O & string)[],
  kind: string,
): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} is not for ${kind}`);
}

/** The help of a command. */
export function helpOf({ name, summary, positionals, options, details, examples }: Command): string {
  const all = Object.entries({ ...options, ...HELP });
  const heads = all.map(([key, { value, short }]) => {
    return `${short ? `-${short}, ` : '    '}--${key}${value === undefined ? '' : ` ${value}`}`;
  });
  const width = Math.max(...heads.map(({ length }) => length));
  const lines = all.map(([, { about }], index) => `  ${(heads[index] as string).padEnd(width)}  ${about}`);
  return [
    `cellgate ${name}: ${summary}`,
    `Usage: cellgate ${[name, ...positionals, '[options]'].join(' ')}`,
    details,
    `Options:\n${lines.join('\n')}`,
    `Examples:\n${examples.map((example) => `  ${example}`).join('\n')}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
