import type { ComponentChildren } from 'preact';

/** Something that the user should know; read out by screen readers when it appears. */
export function Notice({ kind, children }: { kind: 'error' | 'status'; children: ComponentChildren }) {
  return (
    <p class={`notice ${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      {children}
    </p>
  );
}
