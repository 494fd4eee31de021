/**
 * The Chromium that tests and examples are tried in: the one that `CHROMIUM_PATH` names, or an installed one. On Debian, where
 * there is none and the tests run as root, the distribution's package is installed.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** Headless, by itself, and without requests of its own. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

function find() {
  const { CHROMIUM_PATH, PATH = '' } = process.env;
  if (CHROMIUM_PATH !== undefined) return CHROMIUM_PATH;
  const inPath = PATH.split(path.delimiter).flatMap((folder) => NAMES.map((name) => path.join(folder, name)));
  return [...inPath, MAC].find((file) => existsSync(file));
}

function install() {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return;
  console.error('installing chromium ...');
  const options = {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  execFileSync('apt-get', ['update', '--quiet'], options);
  execFileSync('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', 'chromium'], options);
}

/**
 * @returns the path of the program
 * @throws Error that says how to get one
 */
export function chromiumPath() {
  const found = find();
  if (found !== undefined) return found;
  install();
  const installed = find();
  if (installed !== undefined) return installed;
  throw new Error(
    'no Chromium was found: install it (Debian: apt-get install chromium) or name it in CHROMIUM_PATH',
  );
}

/** Starts it; the browser of `playwright-core`. */
export function launchChromium(options = {}) {
  const { args = [], ...rest } = options;
  return chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_FLAGS, ...args], ...rest });
}
