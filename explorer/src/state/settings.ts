/** Language and theme: from the address, else as the browser prefers. */

import { computed, effect, signal } from '@preact/signals';
import { en } from '../strings/en';
import type { Strings } from '../strings/strings';
import { zh } from '../strings/zh';
import { choiceOf } from './route';

export const LANGUAGES = ['en', 'zh'] as const;
export const THEMES = ['light', 'dark'] as const;

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const systemTheme = signal<(typeof THEMES)[number]>(prefersDark.matches ? 'dark' : 'light');
prefersDark.addEventListener('change', ({ matches }) => {
  systemTheme.value = matches ? 'dark' : 'light';
});

export const language = computed(() =>
  choiceOf('lang', LANGUAGES, navigator.language.startsWith('zh') ? 'zh' : 'en'),
);
export const theme = computed(() => choiceOf('theme', THEMES, systemTheme.value));
export const strings = computed((): Strings => (language.value === 'zh' ? zh : en));

/** Whether the user asked for little movement. */
export const reducedMotion = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches;

effect(() => {
  const { documentElement } = document;
  documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  documentElement.dataset.theme = theme.value;
  document.title = strings.value.title;
});
