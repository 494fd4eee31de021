/** The package in browsers and workers: WebAssembly, loaded by `await init()`. */
import { browserHost } from '../backend/browser-host.js';
import { registerHost } from '../backend/host.js';

registerHost(browserHost);

export * from '../index.js';
