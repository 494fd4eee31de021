/** A digit to draw or to take, and what the network believes it is after each row. */

import { setParams } from '../state/route';
import { strings } from '../state/settings';
import { Button, Slider } from '../ui/controls';
import { type DigitReading, SAMPLES, SIDE } from './digits';
import { Pad } from './pad';
import type { Selection } from './selection';

export function DigitPanel({
  reading,
  selection,
  pixels,
  onDraw,
  onEnd,
}: {
  reading: DigitReading;
  selection: Selection;
  pixels: Float32Array;
  onDraw: (pixels: Float32Array) => void;
  onEnd: () => void;
}) {
  const words = strings.value.maps;
  const { t } = selection;
  const beliefs = reading.beliefs[t] ?? [];
  const best = beliefs.indexOf(Math.max(...beliefs));
  return (
    <section class="panel" aria-labelledby="digit">
      <h2 id="digit">{words.digit}</h2>
      <div class="digit">
        <div>
          <Pad pixels={pixels} row={t} label={words.pad} onDraw={onDraw} onEnd={onEnd} />
          <div class="row">
            <Button onClick={() => onDraw(new Float32Array(SIDE * SIDE))}>{words.clear}</Button>
          </div>
        </div>
        <div>
          <p>{words.believes(t + 1, String(best), Math.round(100 * (beliefs[best] ?? 0)))}</p>
          <ul class="bars" aria-label={words.beliefs}>
            {beliefs.map((probability, digit) => (
              <li key={digit}>
                <span>{digit}</span>
                <span class="bar">
                  <span class={digit === best ? 'best' : ''} style={{ width: `${100 * probability}%` }} />
                </span>
                <span>{Math.round(100 * probability)} %</span>
              </li>
            ))}
          </ul>
          <Slider
            label={words.row}
            value={t}
            low={0}
            high={SIDE - 1}
            says={words.rowOf(t + 1, SIDE)}
            onChange={(next) => setParams({ t: next })}
          />
        </div>
      </div>
      <fieldset class="segmented">
        <legend>{words.samples}</legend>
        <div class="segments">
          {SAMPLES.map((sample, index) => (
            <Button
              key={index}
              label={words.sample(sample.digit, (index % 2) + 1)}
              onClick={() => {
                onDraw(sample.pixels);
                setParams({ t: SIDE - 1 });
              }}
            >
              {sample.digit}
            </Button>
          ))}
        </div>
      </fieldset>
    </section>
  );
}
