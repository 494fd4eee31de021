/** The frame of the page: name, views, language, theme, and the view that the address asks for. */

import type { ComponentType } from 'preact';
import { linkTo, route, setParams, VIEWS, type View } from './state/route';
import { language, strings, theme } from './state/settings';
import { useLoaded } from './state/use-loaded';
import { Notice } from './ui/notice';

/** Views are loaded when they are first shown. */
const LOADERS: Record<View, () => Promise<ComponentType>> = {
  cell: async () => (await import('./cell/view')).CellView,
  maps: async () => (await import('./maps/view')).MapsView,
  forget: async () => (await import('./forget/view')).ForgetView,
  train: async () => (await import('./train/view')).TrainView,
};

export function App() {
  const t = strings.value;
  const { view } = route.value;
  return (
    <>
      <button type="button" class="skip" onClick={focusMain}>
        {t.skip}
      </button>
      <header class="top">
        <p class="brand">
          cellgate <span>{t.brand}</span>
        </p>
        <nav aria-label={t.views}>
          {VIEWS.map((name) => (
            <a key={name} href={linkTo(name)} aria-current={name === view ? 'page' : undefined}>
              {t.viewNames[name]}
            </a>
          ))}
        </nav>
        <div class="settings">
          <button type="button" lang={t.otherLanguage.tag} onClick={switchLanguage}>
            {t.otherLanguage.name}
          </button>
          <button type="button" onClick={switchTheme}>
            {theme.value === 'dark' ? t.toLight : t.toDark}
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <h1>{t.headings[view]}</h1>
        <p class="lead">{t.leads[view]}</p>
        <Shown key={view} view={view} />
      </main>
      <footer>{t.footer}</footer>
    </>
  );
}

/** A link would change the address, which says what is shown. */
function focusMain() {
  document.getElementById('main')?.focus();
}

function switchLanguage() {
  setParams({ lang: language.peek() === 'zh' ? 'en' : 'zh' });
}

function switchTheme() {
  setParams({ theme: theme.peek() === 'dark' ? 'light' : 'dark' });
}

function Shown({ view }: { view: View }) {
  const { value: Component, fault } = useLoaded(LOADERS[view], view);
  if (fault !== undefined) return <Notice kind="error">{strings.value.notLoaded(fault)}</Notice>;
  return Component === undefined ? <p class="waiting">{strings.value.loading}</p> : <Component />;
}
