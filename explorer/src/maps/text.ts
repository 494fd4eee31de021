/** The character network and what it makes of a text. */

import { type Embedding, type Linear, tensor } from 'cellgate';
import data from '../../models/text.json';
import url from '../../models/text.safetensors?url';
import type { Recurrent } from '../network/quantities';
import { softmax } from '../network/softmax';
import { loadModel } from '../network/start';
import { traceLayer } from '../network/trace';
import type { Feature, Reading } from './reading';

export const PASSAGES: readonly string[] = data.passages;
/** Of an own text: more takes seconds to draw. */
export const MOST_CHARACTERS = 1200;

const ALPHABET = Array.from(data.alphabet);
const UNKNOWN = ' ';

export interface TextReading extends Reading {
  readonly text: string;
  /** Whether it had characters that the network does not know, now spaces. */
  readonly hasUnknown: boolean;
  /** The characters it holds likeliest after step t, with their probabilities. */
  readonly expects: (t: number, count: number) => { character: string; probability: number }[];
}

/** The text as the network can read it: typographic quotation marks and new lines as in its book. */
function readable(text: string): { text: string; hasUnknown: boolean } {
  const plain = text
    .replace(/\r\n?/g, '\n')
    .replace(/[“”„«»]/g, '"')
    .replace(/[‘’]/g, "'")
    .slice(0, MOST_CHARACTERS);
  const characters = Array.from(plain, (character) => (ALPHABET.includes(character) ? character : UNKNOWN));
  const known = characters.join('');
  return { text: known, hasUnknown: known !== plain };
}

export async function readText(given: string): Promise<TextReading> {
  const { text, hasUnknown } = readable(given);
  const [embedding, layer, readout] = (await loadModel(url)).layers as unknown as [
    Embedding,
    Recurrent,
    Linear,
  ];
  const ids = Int32Array.from(text, (character) => ALPHABET.indexOf(character));
  const x = embedding.forward(tensor(ids, [1, ids.length]));
  const traced = traceLayer(layer, x);
  const scores = readout.forward(layer.forward(x).output).data;
  return {
    layer,
    traced,
    text,
    hasUnknown,
    features: featuresOf(text),
    stepName: (t) => visible(text[t] ?? ''),
    expects: (t, count) => likeliest(scores.subarray(t * ALPHABET.length, (t + 1) * ALPHABET.length), count),
  };
}

/** Spaces and new lines in a form that can be seen. */
export function visible(character: string): string {
  return { ' ': '␣', '\n': '⏎' }[character] ?? character;
}

function likeliest(scores: Float32Array, count: number) {
  return softmax(scores)
    .map((probability, index) => ({ character: visible(ALPHABET[index] ?? ''), probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count);
}

/** Quotation marks open and close in turn; a paragraph ends what was left open. */
function isQuoted(text: string): boolean[] {
  let isOpen = false;
  return Array.from(text, (character, t) => {
    if (character === '"') isOpen = !isOpen;
    else if (character === '\n' && text[t - 1] === '\n') isOpen = false;
    return isOpen;
  });
}

function featuresOf(text: string): ReadonlyMap<Feature, Float32Array> {
  const perCharacter = (score: (character: string, t: number) => number) =>
    Float32Array.from(text, (character, t) => score(character, t));
  let inWord = 0;
  const quoted = isQuoted(text);
  return new Map<Feature, Float32Array>([
    ['sentenceEnd', perCharacter((_, t) => (/[.!?]/.test(text.slice(Math.max(0, t - 2), t)) ? 1 : 0))],
    ['quotation', perCharacter((_, t) => (quoted[t] ? 1 : 0))],
    [
      'wordPosition',
      perCharacter((character) => {
        inWord = /[a-z]/i.test(character) ? inWord + 1 : 0;
        return inWord;
      }),
    ],
    ['space', perCharacter((character) => (/\s/.test(character) ? 1 : 0))],
    ['capital', perCharacter((character) => (/[A-Z]/.test(character) ? 1 : 0))],
    ['vowel', perCharacter((character) => (/[aeiou]/i.test(character) ? 1 : 0))],
  ]);
}
