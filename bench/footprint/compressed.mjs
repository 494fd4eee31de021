/** Sizes of files as they are and as servers send them, each compressed by itself. */

import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const GZIP = { level: 9 };
/** The highest takes half a minute for a peer's module, and gains some percent. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

const sum = (files, size) => files.reduce((total, file) => total + size(readFileSync(file)), 0);

export const rawBytes = (files) => sum(files, ({ length }) => length);
export const gzipBytes = (files) => sum(files, (bytes) => gzipSync(bytes, GZIP).length);
export const gzipText = (text) => gzipSync(text, GZIP).length;
export const brotliBytes = (files) => sum(files, (bytes) => brotliCompressSync(bytes, BROTLI).length);
