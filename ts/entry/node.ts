/** The package in Node: native, falling back to WebAssembly; loaded at first use. */
import { nodeHost } from '../backend/node-host.js';
import { registerHost } from '../init.js';

registerHost(nodeHost);

export * from '../index.js';
