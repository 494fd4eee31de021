import type { en } from './en';

/** Everything that the page says; a language that lacks a word does not compile. */
export type Strings = typeof en;
