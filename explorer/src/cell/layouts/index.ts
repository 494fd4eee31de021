import type { Kind } from '../kinds';
import { gru } from './gru';
import type { Layout } from './layout';
import { coupled, lstm, peephole } from './lstm';
import { rnn } from './rnn';

export const LAYOUTS: Readonly<Record<Kind, Layout>> = { rnn, lstm, coupled, peephole, gru };
