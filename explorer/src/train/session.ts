/** One training, from its beginning to a model: what the page shows of it and may ask of it. */

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Epoch, FromWorker, Plan, ToWorker } from './protocol';

export interface Session {
  readonly status: 'idle' | 'running' | 'paused' | 'done' | 'stopped' | 'failed';
  readonly epochs: readonly Epoch[];
  /** How far it is, from 0 to 1. */
  readonly progress: number;
  /** The model that came of it, as a file. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly message?: string;
}

const IDLE: Session = { status: 'idle', epochs: [], progress: 0 };

function after(session: Session, message: FromWorker, epochs: number): Session {
  switch (message.kind) {
    case 'batch':
      return { ...session, progress: (message.epoch - 1 + message.share) / epochs };
    case 'epoch':
      return { ...session, epochs: [...session.epochs, message], progress: message.epoch / epochs };
    case 'done':
      return { ...session, status: message.isStopped ? 'stopped' : 'done', bytes: message.bytes };
    case 'failed':
      return { ...session, status: 'failed', message: message.message };
  }
}

export function useSession() {
  const [session, setSession] = useState<Session>(IDLE);
  const worker = useRef<Worker | undefined>(undefined);
  const tell = (message: ToWorker) => worker.current?.postMessage(message);

  const end = useCallback(() => {
    worker.current?.terminate();
    worker.current = undefined;
  }, []);
  useEffect(() => end, [end]);

  const start = useCallback(
    (plan: Plan) => {
      end();
      const made = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
      worker.current = made;
      /** What a worker says that is not the one at work any more changes nothing. */
      const hear = (message: FromWorker) => {
        if (worker.current !== made) return;
        if (message.kind === 'done' || message.kind === 'failed') end();
        setSession((now) => after(now, message, plan.epochs));
      };
      made.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data);
      made.onerror = ({ message }) => hear({ kind: 'failed', message });
      made.postMessage({ kind: 'start', plan } satisfies ToWorker);
      setSession({ ...IDLE, status: 'running' });
    },
    [end],
  );
  const reset = useCallback(() => {
    end();
    setSession(IDLE);
  }, [end]);
  const pause = () => {
    tell({ kind: 'pause' });
    setSession((now) => (now.status === 'running' ? { ...now, status: 'paused' } : now));
  };
  const resume = () => {
    tell({ kind: 'resume' });
    setSession((now) => (now.status === 'paused' ? { ...now, status: 'running' } : now));
  };
  return { session, start, reset, pause, resume, stop: () => tell({ kind: 'stop' }) };
}
