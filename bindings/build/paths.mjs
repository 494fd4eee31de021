/** Places in the repository that the build reads or writes, as absolute paths. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

export const inRoot = (...parts) => path.join(ROOT, ...parts);

export const TOOLS = inRoot('.tools');
export const TARGET = inRoot('target');
export const DIST = inRoot('dist');
export const STATE = path.join(TARGET, 'build-state');

/** The JavaScript file behind a command of an installed npm package. */
export const packageScript = (...parts) => inRoot('node_modules', ...parts);
