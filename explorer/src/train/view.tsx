/** Training in the page: data, network, loss while it runs, and the model as a file. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { messageOf } from '../state/message';
import { choiceOf, setParams, wholeOf } from '../state/route';
import { strings } from '../state/settings';
import './train.css';
import { Button, Segmented, Select, Slider } from '../ui/controls';
import { Notice } from '../ui/notice';
import { saveAs } from '../ui/save-as';
import { ADDING_TIME, AddingData, CsvData, type Series } from './data';
import { FileButton } from './files';
import { LookInside } from './look-inside';
import { type Opened, openModel } from './open-model';
import { LossPanel, OutcomePanel } from './panels';
import { Ports } from './ports';
import { CELLS, type Plan } from './protocol';
import { type Session, useSession } from './session';
import { addingTask, seriesTask, type Task } from './task';

const TASKS = ['adding', 'csv'] as const;
const RATES = ['0.001', '0.003', '0.01', '0.03'] as const;
const UNITS = { low: 4, high: 64, preset: 16, step: 4 };
const EPOCHS = { low: 5, high: 300, preset: 40, step: 5 };
const MODEL_FILES = '.safetensors,.pt,.pth,.bin,.keras,.h5,.onnx';

/** Values that the network sees before it forecasts the next one. */
const WINDOW = { low: 4, high: 60, preset: 24, step: 4 };

export function TrainView() {
  const words = strings.value.train;
  const kind = choiceOf('task', TASKS, 'adding');
  const [series, setSeries] = useState<Series>();
  const time = wholeOf('time', ADDING_TIME.low, ADDING_TIME.high, ADDING_TIME.preset);
  const most = Math.max(WINDOW.low, Math.min(WINDOW.high, Math.floor((series?.values.length ?? 0) / 3)));
  const window = wholeOf('window', WINDOW.low, most, WINDOW.preset);
  const adding = useMemo(() => (kind === 'adding' ? addingTask(time) : undefined), [kind, time]);
  const forecast = useMemo(
    () => (kind === 'csv' && series ? seriesTask(series.values, window) : undefined),
    [kind, series, window],
  );
  const task = adding ?? forecast;
  const { session, reset, ...asks } = useSession();
  // Other data make another training.
  // The task is what it depends on.
  useEffect(reset, [task, reset]);
  const { model, fault, open } = useModel(session);
  return (
    <>
      <Segmented
        label={words.task}
        choices={TASKS.map((value) => ({ value, label: words.tasks[value] }))}
        value={kind}
        onChange={(value) => setParams({ task: value })}
      />
      <div class="split narrow-first training">
        <div class="stack">
          <section class="panel" aria-labelledby="data">
            <h2 id="data">{words.data}</h2>
            {kind === 'adding' ? (
              <AddingData time={time} />
            ) : (
              <CsvData series={series} onSeries={setSeries} />
            )}
            {forecast && (
              <Slider
                label={words.window}
                value={window}
                {...WINDOW}
                high={most}
                says={words.values(window)}
                onChange={(value) => setParams({ window: value })}
              />
            )}
          </section>
          <NetworkPanel task={task} session={session} {...asks} />
          <section class="panel" aria-labelledby="open">
            <h2 id="open">{words.load}</h2>
            <FileButton label={words.openModel} hint={words.dropModel} accept={MODEL_FILES} onFile={open} />
            {fault !== undefined && <Notice kind="error">{words.notAModel(fault)}</Notice>}
          </section>
        </div>
        <div class="stack">
          <LossPanel session={session} baseline={task?.baseline} />
          {task && <OutcomePanel session={session} task={task} forecast={forecast} series={series} />}
        </div>
      </div>
      {model && ('run' in model ? <Ports network={model} /> : <LookInside model={model} task={task} />)}
    </>
  );
}

/** The model that was trained or opened last. */
function useModel(session: Session) {
  const [model, setModel] = useState<Opened>();
  const [fault, setFault] = useState<string>();
  const show = async (bytes: Uint8Array, name: string) => {
    try {
      setModel(await openModel(bytes, name));
      setFault(undefined);
    } catch (error) {
      setFault(messageOf(error));
    }
  };
  const { bytes } = session;
  // A model is made once of the bytes.
  useEffect(() => {
    if (bytes) show(bytes, '.safetensors');
  }, [bytes]);
  const open = async (file: File) => show(new Uint8Array(await file.arrayBuffer()), file.name);
  return { model, fault, open };
}

interface Asks {
  readonly start: (plan: Plan) => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly stop: () => void;
}

function NetworkPanel({ task, session, ...asks }: Asks & { task: Task | undefined; session: Session }) {
  const words = strings.value.train;
  const cell = choiceOf('cell', CELLS, 'lstm');
  const hiddenSize = wholeOf('units', UNITS.low, UNITS.high, UNITS.preset);
  const epochs = wholeOf('epochs', EPOCHS.low, EPOCHS.high, EPOCHS.preset);
  const rate = choiceOf('rate', RATES, '0.01');
  const isBusy = session.status === 'running' || session.status === 'paused';
  return (
    <section class="panel" aria-labelledby="network">
      <h2 id="network">{words.network}</h2>
      <Segmented
        label={words.cell}
        choices={CELLS.map((value) => ({ value, label: strings.value.cell.kinds[value] }))}
        value={cell}
        onChange={(value) => setParams({ cell: value })}
      />
      <Slider
        label={words.units}
        value={hiddenSize}
        {...UNITS}
        onChange={(value) => setParams({ units: value })}
      />
      <Slider
        label={words.epochs}
        value={epochs}
        {...EPOCHS}
        onChange={(value) => setParams({ epochs: value })}
      />
      <Select
        label={words.rate}
        choices={RATES.map((value) => ({ value, label: value }))}
        value={rate}
        onChange={(value) => setParams({ rate: value })}
      />
      <div class="row actions">
        {isBusy ? (
          <>
            <Button primary onClick={session.status === 'paused' ? asks.resume : asks.pause}>
              {session.status === 'paused' ? words.resume : words.pause}
            </Button>
            <Button onClick={asks.stop}>{words.stop}</Button>
          </>
        ) : (
          <Button
            primary
            disabled={!task}
            onClick={() => task && asks.start({ task, cell, hiddenSize, epochs, learningRate: Number(rate) })}
          >
            {words.start}
          </Button>
        )}
        <Button
          disabled={!session.bytes}
          onClick={() =>
            session.bytes && saveAs('cellgate-model.safetensors', session.bytes, 'application/octet-stream')
          }
        >
          {words.save}
        </Button>
      </div>
      <progress class="progress" max={1} value={session.progress} aria-label={words.progress} />
      <Notice kind={session.status === 'failed' ? 'error' : 'status'}>
        {words.statuses[session.status](session.epochs.length, session.message ?? '')}
      </Notice>
    </section>
  );
}
