/** What a worker runs that `cellgate/worker` starts. */
import { browserHost } from '../backend/browser-host.js';
import { registerHost } from '../backend/host.js';
import { serve } from '../worker/serve.js';

registerHost(browserHost);
serve();
