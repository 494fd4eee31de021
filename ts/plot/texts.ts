/** Texts that go into pictures. */

/** Pictures of control characters: U+2400 stands for U+0000. */
const PICTURES = 0x2400;
const DELETE = 0x7f;
const PICTURE_OF_DELETE = 0x2421;
const REPLACEMENT = '\ufffd';

function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code > DELETE) return REPLACEMENT;
  return String.fromCharCode(code === DELETE ? PICTURE_OF_DELETE : PICTURES + code);
}

/**
 * A text without what a terminal obeys and XML forbids: control characters become their pictures; what turns
 * the direction of writing, halves of characters and what is none U+FFFD.
 */
export function printable(text: string): string {
  return text
    .replace(/\p{Cc}/gu, picture)
    .replace(/\p{Surrogate}|\p{Bidi_Control}|[\ufffe\uffff]/gu, REPLACEMENT);
}

/** Widths of characters in a sans-serif face, in parts of its size: none is known without a DOM. */
const NARROW = /[ .,:;'|!()[\]ijlftr]/;
const WIDE = /[mwMW@%—]/;
const FULL =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Extended_Pictographic}/u;

/** About how many pixels wide a text is. */
export function widthOf(text: string, size: number): number {
  let parts = 0;
  for (const character of text) {
    if (FULL.test(character)) parts += 1.05;
    else if (NARROW.test(character)) parts += 0.33;
    else if (WIDE.test(character)) parts += 0.88;
    else if (/[A-Z]/.test(character)) parts += 0.68;
    else parts += 0.56;
  }
  return parts * size;
}

/** Lines of words of at most a width; longer words have a line of their own, cut. */
export function wrapped(text: string, width: number, measure: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && measure(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  if (line !== '') lines.push(line);
  return lines.map((each) => fitted(each, width, measure));
}

/** A text cut to a width, with an ellipsis. */
export function fitted(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text;
  const characters = Array.from(text);
  while (characters.length > 0 && measure(`${characters.join('')}…`) > width) characters.pop();
  return `${characters.join('')}…`;
}
