/** The site: chapters in `guide/`, the reference that `reference.mjs` writes into `api/`, the Chinese pages in `zh/`. */
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { inRoot } from '../../bindings/build/paths.mjs';

const { version } = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));

/** Without groups that fold: what folds is a button with a button in it, which screen readers cannot tell apart. */
const unfolded = (items) =>
  items.map(({ text, link, items: inside }) => ({ text, link, ...(inside && { items: unfolded(inside) }) }));
const reference = unfolded(JSON.parse(readFileSync(inRoot('docs/api/typedoc-sidebar.json'), 'utf8')));

/** The explorer's, in the page itself. */
const ICON = `data:image/svg+xml,${encodeURIComponent(readFileSync(inRoot('explorer/icon.svg'), 'utf8'))}`;

const GUIDE = [
  {
    text: 'Begin',
    items: [
      { text: 'Your first network', link: '/guide/first-network' },
      { text: 'Frame by frame', link: '/guide/streaming' },
      { text: 'Training', link: '/guide/training' },
      { text: 'Importing networks', link: '/guide/importing' },
      { text: 'On the command line', link: '/guide/command-line' },
    ],
  },
  {
    text: 'Understand',
    items: [
      { text: 'Looking inside the gates', link: '/guide/gates' },
      { text: 'The mathematics', link: '/guide/mathematics' },
      { text: 'Conventions side by side', link: '/guide/conventions' },
    ],
  },
  {
    text: 'Run',
    items: [
      { text: 'Numbers and determinism', link: '/guide/numerics' },
      { text: 'Choosing a backend', link: '/guide/backends' },
      { text: 'Deployment', link: '/guide/deployment' },
    ],
  },
];

const CHINESE = {
  label: '简体中文',
  lang: 'zh-Hans',
  link: '/zh/guide/gates',
  title: 'cellgate',
  description: '门控循环网络：运行、训练，并看清每一个门',
  themeConfig: {
    nav: [
      { text: '看看门里面', link: '/zh/guide/gates' },
      { text: 'Guide (English)', link: '/guide/first-network' },
    ],
    sidebar: [{ text: '指南', items: [{ text: '看看门里面', link: '/zh/guide/gates' }] }],
    outline: { label: '本页目录', level: [2, 3] },
    langMenuLabel: '切换语言',
    returnToTopLabel: '回到顶部',
    sidebarMenuLabel: '目录',
    darkModeSwitchLabel: '外观',
    lightModeSwitchTitle: '切换到浅色',
    darkModeSwitchTitle: '切换到深色',
    skipToContentLabel: '跳到正文',
    docFooter: { prev: false, next: false },
  },
};

const SEARCH_CHINESE = {
  translations: {
    button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
    modal: {
      noResultsText: '没有找到',
      resetButtonTitle: '清空',
      footer: { selectText: '打开', navigateText: '移动', closeText: '关闭' },
    },
  },
};

export default defineConfig({
  title: 'cellgate',
  description: 'Gated recurrent networks to run, to train and to look into',
  lang: 'en',
  base: process.env.DOCS_BASE ?? '/',
  head: [['link', { rel: 'icon', href: ICON }]],
  outDir: inRoot('out/docs'),
  cacheDir: inRoot('docs/node_modules/.vitepress'),
  srcExclude: ['reference.md'],
  cleanUrls: false,
  markdown: {
    math: true,
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  // Pictures of benchmarks and of the explorer lie where they are made.
  vite: { server: { fs: { allow: [inRoot('.')] } }, build: { chunkSizeWarningLimit: 2000 } },
  locales: { root: { label: 'English', lang: 'en' }, zh: CHINESE },
  themeConfig: {
    nav: [
      { text: 'Guide', link: '/guide/first-network', activeMatch: '/guide/' },
      { text: 'Reference', link: '/api/', activeMatch: '/api/' },
      { text: version, items: [{ text: `This is version ${version}`, link: '/guide/first-network' }] },
    ],
    sidebar: { '/guide/': GUIDE, '/api/': [{ text: 'Reference', link: '/api/', items: reference }] },
    outline: { level: [2, 3] },
    i18nRouting: false,
    search: { provider: 'local', options: { locales: { zh: SEARCH_CHINESE } } },
  },
});
