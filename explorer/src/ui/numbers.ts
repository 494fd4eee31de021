/** Numbers as the page writes them: a true minus, no minus before zero. */

export function fixed(value: number, digits = 2): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace('-', '−');
}

/** The same in brackets if it is negative: a factor or a summand in a formula. */
export function bracketed(value: number, digits = 2): string {
  const text = fixed(value, digits);
  return text.startsWith('−') ? `(${text})` : text;
}

function isPlain(value: number): boolean {
  return value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e6);
}

/** A mark of an axis. */
export function tick(value: number): string {
  const text = isPlain(value)
    ? String(Number(value.toPrecision(8)))
    : value.toExponential(0).replace('+', '');
  return text.replaceAll('-', '−');
}

/** Three digits. */
export function short(value: number): string {
  const text = isPlain(value)
    ? String(Number(value.toPrecision(3)))
    : value.toExponential(1).replace('+', '');
  return text.replaceAll('-', '−');
}
