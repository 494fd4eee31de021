/** A command line that cannot be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** The command whose help tells more; undefined where there is none. */
  readonly command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.command = command;
  }

  /** The same of a command. */
  of(command: string): UsageError {
    return new UsageError(`${command}: ${this.message}`, command);
  }
}
