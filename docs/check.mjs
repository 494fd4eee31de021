/**
 * Looks at every page of the built site in Chromium, as a desktop, dark, and as a phone: no message in the console, no picture
 * missing, no formula left as text, nothing wider than the screen, nothing that axe finds wrong; and tries the search.
 * Screenshots of the guide go to `out/docs-screenshots`.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inRoot } from '../bindings/build/paths.mjs';
import { launchChromium } from '../test/browser/chromium.mjs';

const SITE = inRoot('out/docs');
const PICTURES = inRoot('out/docs-screenshots');
const AXE = fileURLToPath(import.meta.resolve('axe-core/axe.min.js'));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
/** Of the reference, whose pages are all made alike, every so many are looked at. */
const REFERENCE_STEP = 20;

const VIEWS = {
  desktop: { viewport: { width: 1280, height: 900 } },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 375, height: 740 }, isMobile: true, hasTouch: true },
};

function serve() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = path.join(SITE, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    try {
      const body = readFileSync(file);
      response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => server.listen(0, () => resolve(server)));
}

function pagesOf() {
  const files = readdirSync(SITE, { recursive: true })
    .map((file) => file.replaceAll(path.sep, '/'))
    .filter((file) => file.endsWith('.html') && file !== '404.html')
    .sort();
  const reference = files.filter((file) => file.startsWith('api/'));
  return [
    ...files.filter((file) => !reference.includes(file)),
    ...reference.filter((_, index) => index % REFERENCE_STEP === 0),
  ];
}

/** What is wrong with the page as it is shown. Runs in the page. */
async function faultsInPage() {
  const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
  const accessibility = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`,
  );
  const missing = [...document.images]
    .filter((image) => image.complete && image.naturalWidth === 0)
    .map(({ src }) => `no picture ${src}`);
  const text = document.querySelector('main')?.innerText ?? '';
  const formulas = /\$\$|\\frac|\\sigma/.test(text) ? ['a formula is left as text'] : [];
  const { scrollWidth, clientWidth } = document.documentElement;
  const wide = scrollWidth > clientWidth ? [`${scrollWidth - clientWidth} pixels wider than the screen`] : [];
  return [...accessibility, ...missing, ...formulas, ...wide];
}

async function look(context, address, picture) {
  const page = await context.newPage();
  const faults = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  await page.goto(address, { waitUntil: 'load' });
  await page.addScriptTag({ path: AXE });
  faults.push(...(await page.evaluate(faultsInPage)));
  if (picture) await page.screenshot({ path: picture, fullPage: true });
  await page.close();
  return faults;
}

/** The first result for a word that only one chapter is about. */
async function search(context, address) {
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'load' });
  await page.locator('#local-search button').click();
  await page.locator('.VPLocalSearchBox input').fill('peephole');
  const first = page.locator('.VPLocalSearchBox .result').first();
  await first.waitFor();
  const text = await first.innerText();
  await page.close();
  return /peephole/i.test(text) ? [] : [`the search finds ${text}`];
}

const server = await serve();
const origin = `http://localhost:${server.address().port}`;
const browser = await launchChromium();
mkdirSync(PICTURES, { recursive: true });
const faults = [];
try {
  for (const [name, view] of Object.entries(VIEWS)) {
    const context = await browser.newContext(view);
    for (const file of pagesOf()) {
      const picture = file.startsWith('api/')
        ? undefined
        : `${PICTURES}/${file.replaceAll('/', '-')}-${name}.png`;
      const found = await look(context, `${origin}/${file}`, picture);
      faults.push(...found.map((fault) => `${file}, ${name}: ${fault}`));
    }
    if (name === 'desktop') faults.push(...(await search(context, `${origin}/`)));
    await context.close();
  }
} finally {
  await browser.close();
  server.close();
}
for (const fault of faults) console.error(fault);
console.log(`${pagesOf().length} pages in ${Object.keys(VIEWS).length} views, ${faults.length} faults`);
if (faults.length > 0) process.exitCode = 1;
