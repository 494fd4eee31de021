/** A text in the colours of one unit, and what the network expects next. */

import { useMemo, useState } from 'preact/hooks';
import { isGate } from '../network/quantities';
import { coursesOf } from '../network/trace';
import { setParams } from '../state/route';
import { strings, theme } from '../state/settings';
import { colourOf, inkOn } from '../ui/colours';
import { Button, Select } from '../ui/controls';
import { Notice } from '../ui/notice';
import type { Selection } from './selection';
import { MOST_CHARACTERS, PASSAGES, type TextReading } from './text';
import { scaleOf } from './units';

/** A text in the strongest colours is hard to read. */
const PALER = 2.4;

export function TextChoice({
  passage,
  own,
  onPassage,
  onOwn,
}: {
  passage: number;
  own: string;
  onPassage: (passage: number) => void;
  onOwn: (text: string) => void;
}) {
  const words = strings.value.maps;
  const [draft, setDraft] = useState(own);
  const isOwn = passage === PASSAGES.length;
  return (
    <>
      <Select
        label={words.passage}
        choices={[
          ...PASSAGES.map((text, index) => ({ value: String(index), label: `${text.slice(0, 36)} …` })),
          { value: String(PASSAGES.length), label: words.ownText },
        ]}
        value={String(passage)}
        onChange={(value) => onPassage(Number(value))}
      />
      {isOwn && (
        <form
          class="own-text"
          onSubmit={(event) => {
            event.preventDefault();
            onOwn(draft);
          }}
        >
          <label class="field">
            <span>{words.writeHere(MOST_CHARACTERS)}</span>
            <textarea
              rows={4}
              maxLength={MOST_CHARACTERS}
              value={draft}
              onInput={({ currentTarget }) => setDraft(currentTarget.value)}
            />
          </label>
          <Button primary onClick={() => onOwn(draft)}>
            {words.read}
          </Button>
        </form>
      )}
    </>
  );
}

export function TextPanel({ reading, selection }: { reading: TextReading; selection: Selection }) {
  const words = strings.value.maps;
  const { quantity, unit, t } = selection;
  const courses = useMemo(() => coursesOf(reading.traced, quantity), [reading, quantity]);
  const scale = useMemo(() => PALER * scaleOf(courses.slice(unit, unit + 1)), [courses, unit]);
  const palette = isGate(quantity) ? 'gate' : 'signed';
  const expected = reading.expects(t, 4);
  return (
    <section class="panel" aria-labelledby="text">
      <h2 id="text">{words.coloured(unit, strings.value.quantities[quantity])}</h2>
      {reading.hasUnknown && <Notice kind="status">{words.unknownCharacters}</Notice>}
      <p class="hidden">{reading.text}</p>
      {/* By keys, the heat map moves the cursor. */}
      <p
        class="coloured"
        lang="en"
        aria-hidden="true"
        onClick={(event) => {
          const at = (event.target as HTMLElement).dataset.t;
          if (at !== undefined) setParams({ t: at });
        }}
      >
        {Array.from(reading.text, (character, step) => {
          const background = colourOf(courses[unit]?.[step] ?? 0, palette, theme.value, scale);
          return (
            <span
              key={step}
              data-t={step}
              class={step === t ? 'now' : undefined}
              style={{ background, color: inkOn(background) }}
            >
              {character === '\n' ? '⏎\n' : character}
            </span>
          );
        })}
      </p>
      <p>
        {words.expects}{' '}
        {expected.map(({ character, probability }) => (
          <span key={character} class="expected">
            <kbd>{character}</kbd> {Math.round(100 * probability)} %
          </span>
        ))}
      </p>
    </section>
  );
}
