/** Pictures of what networks do, as SVG or as text for a terminal: pure functions of plain data, which need no backend. */
export * from '../plot/index.js';
