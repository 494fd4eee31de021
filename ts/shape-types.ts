/**
 * Sizes known to the compiler. A size that is a literal is compared, a `number` fits everything and is left to
 * the check at run time; both produce messages of the same form. Types only, nothing of this runs.
 */

/** Sizes of a tensor's axes, outermost first. */
export type Shape = readonly number[];

/** A shape without `readonly`. */
export type Writable<S extends Shape> = { -readonly [K in keyof S]: S[K] };

type SizeFits<A extends number, B extends number> = number extends A
  ? true
  : number extends B
    ? true
    : A extends B
      ? true
      : false;

type SizesFit<S extends Shape, Expected extends Shape> = S extends readonly [
  infer A extends number,
  ...infer Rest extends Shape,
]
  ? Expected extends readonly [infer B extends number, ...infer ExpectedRest extends Shape]
    ? SizeFits<A, B> extends true
      ? SizesFit<Rest, ExpectedRest>
      : false
    : false
  : Expected extends readonly []
    ? true
    : false;

/** Whether a shape may be the expected one: same rank, same literal sizes. */
export type Fits<S extends Shape, Expected extends Shape> = number extends S['length']
  ? true
  : SizesFit<S, Expected>;

type SizeText<N extends number> = number extends N ? '*' : `${N}`;

/** `8, 100, 40`, with `*` for a size that is known only at run time. */
export type Sizes<S extends Shape> = S extends readonly [infer A extends number]
  ? SizeText<A>
  : S extends readonly [infer A extends number, ...infer Rest extends Shape]
    ? `${SizeText<A>}, ${Sizes<Rest>}`
    : S extends readonly []
      ? ''
      : '...';

/**
 * `T` if shape `S` fits, otherwise the message of the error. `Name` is call and argument, `Axes` are their names:
 * `lstm.forward: x must be [batch, time, inputSize] = [*, *, 40], got [8, 100, 41]`.
 */
export type Checked<T, S extends Shape, Name extends string, Axes extends string, Expected extends Shape> =
  Fits<S, Expected> extends true ? T : `${Name} must be [${Axes}] = [${Sizes<Expected>}], got [${Sizes<S>}]`;

/**
 * Default of type parameters that stand for sizes, so that `LSTM` alone is a type for every LSTM. The checks above
 * make layers of one size unrelated to those of another, and only `any` is related to all.
 */
// biome-ignore lint/suspicious/noExplicitAny: the reason stands above
export type AnySize = any;

/** Size of the last axis; `number` if the rank is unknown. */
export type Last<S extends Shape> = S extends readonly [...Shape, infer N extends number]
  ? N
  : S extends readonly []
    ? never
    : number;

/** A shape with its last axis replaced. */
export type WithLast<S extends Shape, N extends number> = S extends readonly [
  ...infer Rest extends Shape,
  number,
]
  ? [...Rest, N]
  : number[];

/** `T` if the last axis of `S` fits `Size`, otherwise the message of the error. */
export type CheckedLast<T, S extends Shape, Name extends string, Size extends number> =
  LastFits<S, Size> extends true
    ? T
    : `${Name} must be [..., inputSize] = [..., ${SizeText<Size>}], got [${Sizes<S>}]`;

type LastFits<S extends Shape, Size extends number> = [Last<S>] extends [never]
  ? false
  : SizeFits<Last<S>, Size>;

interface Twice {
  '0': '0';
  '1': '2';
  '2': '4';
  '3': '6';
  '4': '8';
  '5': '0';
  '6': '2';
  '7': '4';
  '8': '6';
  '9': '8';
}

interface TwicePlusOne {
  '0': '1';
  '1': '3';
  '2': '5';
  '3': '7';
  '4': '9';
  '5': '1';
  '6': '3';
  '7': '5';
  '8': '7';
  '9': '9';
}

type CarryingDigit = '5' | '6' | '7' | '8' | '9';

// In doubling, a digit takes a carry of one exactly if the digit to its right is 5 or more: no carry travels on.
type DoubleDigits<Digits extends string> = Digits extends `${infer D extends keyof Twice}${infer Rest}`
  ? `${Rest extends `${CarryingDigit}${string}` ? TwicePlusOne[D] : Twice[D]}${DoubleDigits<Rest>}`
  : Digits;

/** Twice a size; `number` if it is not a literal. */
export type Double<N extends number> = number extends N
  ? number
  : `${`${N}` extends `${CarryingDigit}${string}` ? '1' : ''}${DoubleDigits<`${N}`>}` extends `${infer R extends number}`
    ? R
    : number;
