/** Takes the picture of the page for the README, `explorer/screenshot.png`: `node explorer/run.mjs screenshot`. */

import { preview } from 'vite';
import { launchChromium } from '../test/browser/chromium.mjs';

const VIEW = '#/cell?t=3&lang=en&theme=light';
const SIZE = { width: 1280, height: 860 };

const server = await preview({
  configFile: new URL('vite.config.js', import.meta.url).pathname,
  logLevel: 'warn',
});
const browser = await launchChromium();
const page = await browser.newPage({ viewport: SIZE });
await page.goto(server.resolvedUrls.local[0] + VIEW);
await page.locator('.timeline').waitFor();
await page.screenshot({ path: new URL('screenshot.png', import.meta.url).pathname });
await browser.close();
await server.close();
