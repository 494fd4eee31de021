/** What a worker runs that `cellgate/worker` starts. */
import { browserHost } from '../backend/browser-host.js';
import { serve } from './serve.js';

serve(browserHost);
