/** What to learn: the adding problem, or a column of a file. */

import { useState } from 'preact/hooks';
import { setParams } from '../state/route';
import { strings } from '../state/settings';
import { Select, Slider } from '../ui/controls';
import { Notice } from '../ui/notice';
import { type Column, CsvError, LEAST_VALUES, MOST_BYTES, parseCsv, withoutGaps } from './csv';
import { FileButton } from './files';

export interface Series {
  readonly name: string;
  readonly values: Float64Array;
  /** How many of them were missing. */
  readonly filled: number;
}

/** Lengths of the adding problem's sequences. */
export const ADDING_TIME = { low: 10, high: 120, preset: 30, step: 10 };

export function AddingData({ time }: { time: number }) {
  const words = strings.value.train;
  return (
    <>
      <p>{words.aboutAdding}</p>
      <Slider
        label={words.length}
        value={time}
        {...ADDING_TIME}
        says={words.steps(time)}
        onChange={(value) => setParams({ time: value })}
      />
    </>
  );
}

export function CsvData({
  series,
  onSeries,
}: {
  series: Series | undefined;
  onSeries: (series?: Series) => void;
}) {
  const words = strings.value.train;
  const [columns, setColumns] = useState<readonly Column[]>([]);
  const [chosen, setChosen] = useState(0);
  const [fault, setFault] = useState<string>();
  const choose = (list: readonly Column[], index: number) => {
    const column = list[index];
    setChosen(index);
    if (!column) return onSeries(undefined);
    const { series: values, filled } = withoutGaps(column.values);
    onSeries({ name: column.name, values, filled });
  };
  const open = async (file: File) => {
    try {
      if (file.size > MOST_BYTES) throw new CsvError('tooLarge');
      const found = parseCsv(new Uint8Array(await file.arrayBuffer()));
      setColumns(found);
      setFault(undefined);
      choose(found, found.length - 1);
    } catch (error) {
      setColumns([]);
      setFault(error instanceof CsvError ? words.csvFaults[error.fault](LEAST_VALUES) : String(error));
      choose([], 0);
    }
  };
  return (
    <>
      <p>{words.aboutCsv}</p>
      <FileButton label={words.openCsv} hint={words.dropCsv} accept=".csv,.tsv,.txt,text/csv" onFile={open} />
      {fault !== undefined && <Notice kind="error">{fault}</Notice>}
      {columns.length > 0 && (
        <Select
          label={words.column}
          choices={columns.map(({ name }, index) => ({ value: String(index), label: name }))}
          value={String(chosen)}
          onChange={(index) => choose(columns, Number(index))}
        />
      )}
      {series && (
        <Notice kind="status">{words.seriesIs(series.name, series.values.length, series.filled)}</Notice>
      )}
    </>
  );
}
