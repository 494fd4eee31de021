/** Plain float64 reference of every cell, readable before fast: what the library's results are held against. */

export * from './arithmetic.js';
export * from './conv1d.js';
export * from './layers.js';
export * from './modules.js';
export * from './parameters.js';
export * from './types.js';
