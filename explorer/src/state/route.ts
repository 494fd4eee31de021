/** The page's state is in the address, `#/cell?kind=gru&t=7`, so that any view can be linked. */

import { signal } from '@preact/signals';

export const VIEWS = ['cell', 'maps', 'forget', 'train'] as const;
export type View = (typeof VIEWS)[number];

/** Parameters that stay from view to view. */
const SHARED = ['lang', 'theme'];

/** Browsers refuse addresses that change hundreds of times a minute, as under a slider. */
const WRITE_AFTER_MS = 200;

interface Route {
  readonly view: View;
  readonly params: URLSearchParams;
}

function isView(name: string | undefined): name is View {
  return VIEWS.some((view) => view === name);
}

function read(): Route {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  return { view: isView(path) ? path : 'cell', params: new URLSearchParams(query) };
}

function hashOf(view: View, params: URLSearchParams): string {
  const query = params.toString();
  return `#/${view}${query === '' ? '' : `?${query}`}`;
}

export const route = signal<Route>(read());

let writing: ReturnType<typeof setTimeout> | undefined;

addEventListener('hashchange', () => {
  clearTimeout(writing);
  route.value = read();
});

/** Changes parameters of this view; `undefined` takes one away. */
export function setParams(changes: Readonly<Record<string, string | number | undefined>>): void {
  const { view, params: before } = route.peek();
  const params = new URLSearchParams(before);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) params.delete(name);
    else params.set(name, String(value));
  }
  route.value = { view, params };
  clearTimeout(writing);
  writing = setTimeout(() => history.replaceState(null, '', hashOf(view, params)), WRITE_AFTER_MS);
}

/** The address of another view, in the language and theme of this one. */
export function linkTo(view: View, own: Readonly<Record<string, string | number>> = {}): string {
  const params = new URLSearchParams();
  for (const name of SHARED) {
    const value = route.value.params.get(name);
    if (value !== null) params.set(name, value);
  }
  for (const [name, value] of Object.entries(own)) params.set(name, String(value));
  return hashOf(view, params);
}

/** A parameter that is one of these words; the preset for anything else. */
export function choiceOf<const T extends string>(name: string, words: readonly T[], preset: NoInfer<T>): T {
  const given = route.value.params.get(name);
  return words.find((word) => word === given) ?? preset;
}

/** A parameter that is a number within bounds; the preset for anything else. */
export function numberOf(name: string, low: number, high: number, preset: number): number {
  const given = route.value.params.get(name);
  const value = given === null || given.trim() === '' ? Number.NaN : Number(given);
  return Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : preset;
}

/** The same for a whole number. */
export function wholeOf(name: string, low: number, high: number, preset: number): number {
  return Math.round(numberOf(name, low, high, preset));
}
