#!/usr/bin/env node
/** The command `cellgate`. Exit codes: 0 done, 1 failed, 2 not understood, 130 ended by Ctrl-C. */
import '../platform.js';
import { readFileSync } from 'node:fs';
import { CellgateError, describe, reasonOf } from '../errors.js';
import { printable } from '../plot/texts.js';
import { type Command, HELP, helpOf, readArguments } from './command.js';
import { bench } from './commands/bench.js';
import { convert } from './commands/convert.js';
import { inspect } from './commands/inspect.js';
import { run } from './commands/run.js';
import { trace } from './commands/trace.js';
import { train } from './commands/train.js';
import { isClosedPipe, note, print } from './terminal.js';
import { UsageError } from './usage-error.js';

const COMMANDS = [inspect, run, trace, train, convert, bench] as unknown as readonly Command[];

function versionOf(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return String((manifest as { version: unknown }).version);
}

function usage(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const list = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'cellgate: gated recurrent networks (LSTM, GRU, RNN) on the command line',
    'Usage: cellgate COMMAND [arguments] [options]',
    `Commands:\n${list.join('\n')}`,
    'cellgate COMMAND --help tells more; cellgate --version tells the version.\n' +
      'Results go to the standard output, all else to the standard error. The variables CELLGATE_BACKEND and CELLGATE_ISA\n' +
      'choose what runs, NO_COLOR takes the colours away.',
  ].join('\n\n');
}

function commandNamed(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name);
  if (found) return found;
  const known = COMMANDS.map((command) => command.name).join(', ');
  throw new UsageError(`unknown command ${describe(name)}; there are ${known}`);
}

async function perform(argv: readonly string[]): Promise<void> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    process.exitCode = 2;
    return note(usage());
  }
  if (name === '--version' || name === '-V') return print(versionOf());
  if (name === 'help' && rest[0] !== undefined) return print(helpOf(commandNamed(rest[0])));
  if (['--help', '-h', 'help'].includes(name)) return print(usage());
  if (name.startsWith('-')) {
    // Says what is wrong with it, or that no command was named.
    readArguments({ positionals: [], options: HELP }, [name]);
    throw new UsageError(`${JSON.stringify(name)} must stand behind a command`);
  }
  const command = commandNamed(name);
  try {
    const { positionals, options } = readArguments(command, rest);
    return await (options.help ? print(helpOf(command)) : command.run(positionals, options));
  } catch (error) {
    throw error instanceof UsageError ? error.of(command.name) : error;
  }
}

// Whoever writes is told.
process.stdout.on('error', () => {});

try {
  await perform(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) {
    await note(
      `cellgate: ${printable(error.message)}\nSee cellgate ${error.command ? `${error.command} ` : ''}--help.`,
    );
    process.exitCode = 2;
  } else if (error instanceof CellgateError && error.code !== 'internal') {
    await note(`cellgate: ${printable(error.message)}`);
    process.exitCode = 1;
  } else if (!isClosedPipe(error)) {
    await note(`cellgate: a bug of cellgate: ${error instanceof Error ? error.stack : reasonOf(error)}`);
    process.exitCode = 1;
  }
}
