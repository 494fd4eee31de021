/** Something that comes later. */

import { useEffect, useState } from 'preact/hooks';
import { messageOf } from './message';

export interface Loaded<T> {
  /** The last that came, also while another one is on its way. */
  readonly value?: T;
  /** Why it did not come. */
  readonly fault?: string;
}

/** Loads anew whenever `key` changes; what comes too late is dropped. */
export function useLoaded<T>(load: () => Promise<T>, key: unknown): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({});
  // The key stands for what `load` depends on.
  useEffect(() => {
    let isCurrent = true;
    load().then(
      (value) => isCurrent && setState({ value }),
      (error: unknown) => isCurrent && setState({ fault: messageOf(error) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return state;
}
