/** All operators, by name. */

import { BINARY } from './binary.js';
import { CAST } from './cast.js';
import { CONV } from './conv.js';
import { GATHERING } from './gathering.js';
import { PRODUCTS } from './matmul.js';
import type { Operators } from './operator.js';
import { RECURRENT } from './recurrent.js';
import { REDUCING } from './reducing.js';
import { SHAPES } from './shapes.js';
import { UNARY } from './unary.js';
import { VIEWS } from './views.js';

export const OPERATORS: Operators = {
  ...BINARY,
  ...CAST,
  ...CONV,
  ...GATHERING,
  ...PRODUCTS,
  ...RECURRENT,
  ...REDUCING,
  ...SHAPES,
  ...UNARY,
  ...VIEWS,
};
