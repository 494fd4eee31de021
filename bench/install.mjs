/** Puts the packages of bench/package-lock.json in place, unless they are. */

import { fileURLToPath } from 'node:url';
import { installPackages } from '../bindings/build/install.mjs';

export const installPeers = () => installPackages(fileURLToPath(new URL('.', import.meta.url)));
