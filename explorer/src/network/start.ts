/** The library, started once, and the networks that lie beside the page. */

import { init, Sequential } from 'cellgate';

let started: Promise<unknown> | undefined;

/** Resolves when networks can be made; what has failed, such as a fetch without network, begins anew. */
export function start(): Promise<unknown> {
  started ??= init().catch((error: unknown) => {
    started = undefined;
    throw error;
  });
  return started;
}

const loading = new Map<string, Promise<Sequential>>();

/** The network of a file of the page; each is loaded once and kept. */
export function loadModel(url: string): Promise<Sequential> {
  const known = loading.get(url);
  if (known) return known;
  const made = fetchModel(url);
  loading.set(url, made);
  made.catch(() => loading.delete(url));
  return made;
}

/** A network of its own, to be changed. */
export async function fetchModel(url: string): Promise<Sequential> {
  const [response] = await Promise.all([fetch(url), start()]);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}: ${url}`);
  return Sequential.load(new Uint8Array(await response.arrayBuffer()));
}
