/** The few controls that all views are made of: native elements with their labels. */

import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Choice<T extends string | number> {
  readonly value: T;
  readonly label: string;
}

interface Choosing<T extends string | number> {
  label: string;
  choices: readonly Choice<T>[];
  value: T;
  onChange: (value: T) => void;
}

/** One of a few, all in sight. */
export function Segmented<T extends string | number>({ label, choices, value, onChange }: Choosing<T>) {
  const name = useId();
  return (
    <fieldset class="segmented">
      <legend>{label}</legend>
      <div class="segments">
        {choices.map((choice) => (
          <label key={choice.value}>
            <input
              type="radio"
              name={name}
              checked={choice.value === value}
              onChange={() => onChange(choice.value)}
            />
            <span>{choice.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** One of many. */
export function Select<T extends string>({ label, choices, value, onChange }: Choosing<T>) {
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={value}
        onChange={({ currentTarget }) => {
          const chosen = choices[currentTarget.selectedIndex];
          if (chosen) onChange(chosen.value);
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} selected={choice.value === value}>
            {choice.label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A number between bounds, with what it says beside it. */
export function Slider({
  label,
  value,
  low,
  high,
  step = 1,
  says = String(value),
  disabled = false,
  onChange,
}: {
  label: string;
  value: number;
  low: number;
  high: number;
  step?: number;
  says?: string;
  disabled?: boolean;
  onChange: (value: number) => void;
}) {
  return (
    <label class="field slider">
      <span>
        {label} <strong>{says}</strong>
      </span>
      <input
        type="range"
        min={low}
        max={high}
        step={step}
        value={value}
        disabled={disabled}
        aria-valuetext={says}
        onInput={({ currentTarget }) => onChange(Number(currentTarget.value))}
      />
    </label>
  );
}

export function Button({
  children,
  onClick,
  label,
  disabled = false,
  primary = false,
}: {
  children: ComponentChildren;
  onClick: () => void;
  /** What it is called where `children` is a sign. */
  label?: string;
  disabled?: boolean;
  primary?: boolean;
}) {
  return (
    <button
      type="button"
      class={primary ? 'primary' : undefined}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
