/** The package in browsers and workers: WebAssembly, loaded by `await init()`. */
import { browserHost } from '../backend/browser-host.js';
import { registerHost } from '../init.js';

registerHost(browserHost);

export * from '../index.js';
