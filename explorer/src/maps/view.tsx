/** Gates over time on real input: a text, the CO₂ record, a drawn digit. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { choiceOf, route, setParams, wholeOf } from '../state/route';
import { strings } from '../state/settings';
import { useLoaded } from '../state/use-loaded';
import './maps.css';
import { Segmented } from '../ui/controls';
import { Notice } from '../ui/notice';
import { readCo2 } from './co2';
import { Co2Panel } from './co2-panel';
import { DigitPanel } from './digit-panel';
import { centred, readDigit, SAMPLES } from './digits';
import { Findings, HeatPanel } from './heat-panel';
import type { Reading } from './reading';
import { type Preset, type Selection, useSelection } from './selection';
import { PASSAGES, readText } from './text';
import { TextChoice, TextPanel } from './text-panel';

const SOURCES = ['text', 'co2', 'digits'] as const;

export function MapsView() {
  const words = strings.value.maps;
  const source = choiceOf('on', SOURCES, 'text');
  return (
    <>
      <Segmented
        label={words.source}
        choices={SOURCES.map((value) => ({ value, label: words.sources[value] }))}
        value={source}
        onChange={(on) =>
          setParams({
            on,
            q: undefined,
            sort: undefined,
            show: undefined,
            units: undefined,
            unit: undefined,
            t: undefined,
          })
        }
      />
      <p class="about">{words.aboutSource[source]}</p>
      {source === 'text' && <TextSource />}
      {source === 'co2' && <Co2Source />}
      {source === 'digits' && <DigitSource />}
    </>
  );
}

function Read<R extends Reading>({
  value: reading,
  fault,
  preset,
  children,
}: {
  value?: R;
  fault?: string;
  preset: Preset;
  children: (reading: R, selection: Selection) => ComponentChildren;
}) {
  if (fault !== undefined) return <Notice kind="error">{strings.value.notLoaded(fault)}</Notice>;
  if (reading === undefined) return <p class="waiting">{strings.value.loading}</p>;
  return (
    <Selected reading={reading} preset={preset}>
      {children}
    </Selected>
  );
}

function Selected<R extends Reading>({
  reading,
  preset,
  children,
}: {
  reading: R;
  preset: Preset;
  children: (reading: R, selection: Selection) => ComponentChildren;
}) {
  return <>{children(reading, useSelection(reading, preset))}</>;
}

const TEXT: Preset = { quantity: 'cell', sort: 'wordPosition', count: 16, t: 0 };

function TextSource() {
  const passage = wholeOf('passage', 0, PASSAGES.length, 0);
  const own = route.value.params.get('text') ?? '"Call me Ishmael," said I. "Who art thou?"';
  const text = PASSAGES[passage] ?? (own === '' ? ' ' : own);
  const state = useLoaded(() => readText(text), text);
  return (
    <>
      <div class="row high">
        <TextChoice
          passage={passage}
          own={own}
          onPassage={(next) => setParams({ passage: next, t: undefined })}
          onOwn={(next) => setParams({ text: next, t: undefined })}
        />
      </div>
      <Read {...state} preset={TEXT}>
        {(reading, selection) => (
          <>
            <div class="split">
              <TextPanel reading={reading} selection={selection} />
              <Findings reading={reading} selection={selection} />
            </div>
            <HeatPanel reading={reading} selection={selection} />
          </>
        )}
      </Read>
    </>
  );
}

const CO2: Preset = { quantity: 'cell', sort: 'season', count: 0, t: 660 };

function Co2Source() {
  const state = useLoaded(readCo2, 'co2');
  return (
    <Read {...state} preset={CO2}>
      {(reading, selection) => (
        <>
          <div class="split">
            <Co2Panel reading={reading} selection={selection} />
            <Findings reading={reading} selection={selection} />
          </div>
          <HeatPanel reading={reading} selection={selection} />
        </>
      )}
    </Read>
  );
}

const DIGIT: Preset = { quantity: 'forget', sort: 'ink', count: 16, t: 27 };
/** A three. */
const FIRST_SAMPLE = 6;

function DigitSource() {
  const [pixels, setPixels] = useState<Float32Array>(SAMPLES[FIRST_SAMPLE]?.pixels ?? new Float32Array());
  const state = useLoaded(() => readDigit(pixels), pixels);
  return (
    <Read {...state} preset={DIGIT}>
      {(reading, selection) => (
        <>
          <div class="split even">
            <DigitPanel
              reading={reading}
              selection={selection}
              pixels={pixels}
              onDraw={setPixels}
              onEnd={() => setPixels(centred)}
            />
            <HeatPanel reading={reading} selection={selection} isUpright />
          </div>
          <Findings reading={reading} selection={selection} />
        </>
      )}
    </Read>
  );
}
