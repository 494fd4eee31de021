/** Training in a worker: for pages, whose own thread draws and answers. */
import '../platform.js';

export { fitInWorker, type WorkerLike, type WorkerOptions } from '../worker/fit-in-worker.js';
