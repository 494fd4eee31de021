/** The whole sequence as a table: inputs, gates and states of one unit, the shown step marked. */

import { isGate, letterOf, type Quantity } from '../network/quantities';
import { valueAt } from '../network/trace';
import { strings, theme } from '../state/settings';
import { colourOf, inkOn, type Palette } from '../ui/colours';
import { fixed } from '../ui/numbers';
import type { CellRun } from './run';
import type { Item } from './sequence';

interface Row {
  readonly letter: string;
  readonly name: string;
  readonly palette: Palette;
  readonly hue: string;
  readonly values: readonly number[];
}

export function Timeline({
  run,
  items,
  unit,
  t,
  target,
  go,
}: {
  run: CellRun;
  items: readonly Item[];
  unit: number;
  t: number;
  target: readonly number[];
  go: (t: number) => void;
}) {
  const words = strings.value.cell;
  const steps = items.map((_, step) => step);
  const isGru = run.kind === 'gru';
  const quantities = [...run.traced.values.keys()];
  const rows: Row[] = [
    {
      letter: 'x',
      name: words.number,
      palette: 'signed',
      hue: 'x',
      values: items.map(({ number }) => number),
    },
    ...quantities.map((quantity: Quantity) => ({
      letter: letterOf(quantity, isGru),
      name: strings.value.quantities[quantity],
      palette: isGate(quantity) ? ('gate' as const) : ('signed' as const),
      hue: quantity,
      values: steps.map((step) => valueAt(run.traced, quantity, step, unit)),
    })),
    { letter: 'y', name: words.said, palette: 'signed', hue: 'x', values: Array.from(run.said) },
    { letter: 'y*', name: words.wanted, palette: 'signed', hue: 'x', values: target },
  ];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on small screens.
    <section class="scroll" tabIndex={0} aria-label={words.timeline}>
      <table class="timeline">
        <caption class="hidden">{words.timeline}</caption>
        <thead>
          <tr>
            <th scope="col">
              <span class="hidden">{words.quantity}</span>
            </th>
            {items.map(({ isMarked }, step) => (
              <th key={steps[step]} scope="col" class={step === t ? 'now' : undefined}>
                <button type="button" tabIndex={-1} onClick={() => go(step)}>
                  {step + 1}
                  {isMarked && (
                    <span class="mark" title={words.marked}>
                      <span class="hidden">{words.marked}</span>
                    </span>
                  )}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ letter, name, palette, hue, values }) => (
            <tr key={letter}>
              <th scope="row" title={name} class={`q-${hue}`}>
                <var>{letter}</var> <span class="name">{name}</span>
              </th>
              {values.map((value, step) => {
                const colour = colourOf(value, palette, theme.value);
                return (
                  <td
                    key={steps[step]}
                    class={step === t ? 'now' : undefined}
                    style={{ background: colour, color: inkOn(colour) }}
                    title={`${name}, ${words.step(step + 1)}: ${fixed(value)}`}
                  >
                    {fixed(value, 1)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
