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

/** Three digits, or as a power of ten. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)) {
    const [digits, power] = value.toExponential(1).split('e');
    return `${digits}e${Number(power)}`.replaceAll('-', '−');
  }
  return String(Number(value.toPrecision(3))).replace('-', '−');
}
