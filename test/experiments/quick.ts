/** The quick form of an experiment, as `npm run experiment -- NAME --quick` runs it. */

/** What became of one network. */
interface Run {
  solved: boolean;
  updates: number;
  /** Error on the test set, as the experiment defines it. */
  value: number;
  /** Of streams: largest |c| at the end of a test stream. */
  cellState?: number;
}

/** Networks of every cell, with seeds from 0. */
export type Runs = Record<string, Run[]>;

interface Experiment {
  run(options: {
    seeds: number;
    quick: boolean;
    print: (text: string) => void;
    save: (file: string, svg: string) => void;
  }): Promise<Runs>;
}

/** An experiment with few seeds; what it prints is shown if the test fails. */
export async function runQuick(name: string, seeds: number): Promise<{ runs: Runs; printed: string }> {
  const { run }: Experiment = await import(`../../examples/experiments/${name}.mjs`);
  const lines: string[] = [];
  const runs = await run({ seeds, quick: true, print: (text) => lines.push(text), save: () => {} });
  return { runs, printed: lines.join('\n') };
}

/** How many of a cell's networks were solved. */
export const solved = (runs: Runs, cell: string): number =>
  (runs[cell] ?? []).filter((run) => run.solved).length;

/** The values of a cell's networks, smallest first. */
export const values = (runs: Runs, cell: string): number[] =>
  (runs[cell] ?? []).map(({ value }) => value).sort((a, b) => a - b);
