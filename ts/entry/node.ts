/** The package in Node: native, falling back to WebAssembly; loaded at first use. */
import { registerHost } from '../backend/host.js';
import { nodeHost } from '../backend/node-host.js';

registerHost(nodeHost);

export { loadFile, saveFile } from '../files.js';
export * from '../index.js';
