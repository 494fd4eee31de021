/** The formula of every place, in letters and with the numbers of a unit and step put in. */

import { letterOf, type Quantity } from '../network/quantities';
import { bracketed, fixed } from '../ui/numbers';
import { INPUTS, type Kind } from './kinds';
import { type CellRun, type Place, placeValue } from './run';
import type { WeightsOf } from './weights';

export interface Formula {
  /** `c = f·c₋₁ + i·g` */
  readonly letters: string;
  /** `0.93·1.21 + 0.04·(−0.30)`; further forms on the way to the value. */
  readonly numbers: readonly string[];
  readonly value: string;
}

/** The formula, with the numbers of this step and unit. */
export function formulaOf(
  run: CellRun,
  weightsOf: WeightsOf,
  place: Place,
  t: number,
  unit: number,
): Formula {
  const weighted = weightedOf(place, run.kind);
  if (weighted) return weightedFormula(run, weightsOf, weighted, t, unit);
  const [letters, numbers] = plainFormula(run, place, t, unit);
  const value = place === 'x' ? inputText(run, t) : fixed(placeValue(run, place, t, unit));
  return { letters, numbers: numbers === undefined ? [] : [numbers], value };
}

/** The one line that `formulaOf` reads as. */
export function formulaText({ letters, numbers, value }: Formula): string {
  return [letters, ...numbers, value].join(' = ');
}

function weightedOf(place: Place, kind: Kind): Quantity | undefined {
  if (kind === 'rnn') return place === 'hidden' || place === 'out' ? 'hidden' : undefined;
  const quantities: readonly Place[] = ['forget', 'input', 'candidate', 'output', 'reset', 'update'];
  return quantities.includes(place) ? (place as Quantity) : undefined;
}

function weightedFormula(
  run: CellRun,
  weightsOf: WeightsOf,
  quantity: Quantity,
  t: number,
  unit: number,
): Formula {
  const { w, u, b, p } = weightsOf(quantity, unit);
  const isGru = run.kind === 'gru';
  const isResetFirst = isGru && quantity === 'candidate';
  const squash = quantity === 'candidate' || quantity === 'hidden' ? 'tanh' : 'σ';
  const seen: Place = isResetFirst ? 'resetHidden' : 'previousHidden';
  const cell: Place = quantity === 'output' ? 'cell' : 'previousCell';
  const pairs = [
    ...w.map((weight, input) => [weight, placeValue(run, 'x', t, input)] as const),
    ...u.map((weight, other) => [weight, placeValue(run, seen, t, other)] as const),
    ...(p === undefined ? [] : [[p, placeValue(run, cell, t, unit)] as const]),
  ];
  const sum = pairs.reduce((total, [weight, factor]) => total + weight * factor, b);
  const letters = ['w·x', isResetFirst ? 'u·(r·h₋₁)' : 'u·h₋₁', 'b'];
  if (p !== undefined) letters.splice(2, 0, quantity === 'output' ? 'p·c' : 'p·c₋₁');
  const products = pairs.map(([weight, factor]) => `${bracketed(weight)}·${bracketed(factor)}`);
  return {
    letters: `${letterOf(quantity, isGru)} = ${squash}(${letters.join(' + ')})`,
    numbers: [`${squash}(${[...products, bracketed(b)].join(' + ')})`, `${squash}(${fixed(sum)})`],
    value: fixed(placeValue(run, quantity, t, unit)),
  };
}

function inputText(run: CellRun, t: number): string {
  return `(${Array.from({ length: INPUTS }, (_, input) => fixed(placeValue(run, 'x', t, input))).join(', ')})`;
}

/** Of what has no weights: letters, and the numbers put in, if there are any. */
function plainFormula(run: CellRun, place: Place, t: number, unit: number): [string, string?] {
  const isGru = run.kind === 'gru';
  const at = (other: Place) => bracketed(placeValue(run, other, t, unit));
  switch (place) {
    case 'x':
      return ['x'];
    case 'previousHidden':
      return ['h₋₁'];
    case 'previousCell':
      return ['c₋₁'];
    case 'keep':
      return isGru
        ? ['z·h₋₁', `${at('update')}·${at('previousHidden')}`]
        : ['f·c₋₁', `${at('forget')}·${at('previousCell')}`];
    case 'one':
      return isGru ? ['1 − z', `1 − ${at('update')}`] : ['i = 1 − f', `1 − ${at('forget')}`];
    case 'write':
      return isGru
        ? ['(1 − z)·n', `${at('one')}·${at('candidate')}`]
        : ['i·g', `${at('input')}·${at('candidate')}`];
    case 'resetHidden':
      return ['r·h₋₁', `${at('reset')}·${at('previousHidden')}`];
    case 'squashed':
      return ['tanh(c)', `tanh(${fixed(placeValue(run, 'cell', t, unit))})`];
    case 'out':
      return ['h = o·tanh(c)', `${at('output')}·tanh(${fixed(placeValue(run, 'cell', t, unit))})`];
    default:
      return isGru || place !== 'hidden' ? stateFormula(isGru, at) : plainFormula(run, 'out', t, unit);
  }
}

function stateFormula(isGru: boolean, at: (place: Place) => string): [string, string] {
  return isGru
    ? ['h = z·h₋₁ + (1 − z)·n', `${at('update')}·${at('previousHidden')} + ${at('one')}·${at('candidate')}`]
    : ['c = f·c₋₁ + i·g', `${at('forget')}·${at('previousCell')} + ${at('input')}·${at('candidate')}`];
}
