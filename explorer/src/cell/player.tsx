/** Moving through the steps of a sequence: play, pause, step, back, scrub. */

import { useEffect, useState } from 'preact/hooks';
import { strings } from '../state/settings';
import { Button, Slider } from '../ui/controls';

const INTERVAL_MS = 900;

/** Plays from `t` to the last step; `isPlaying` and what switches it. */
export function usePlaying(t: number, last: number, go: (t: number) => void) {
  const [isPlaying, setPlaying] = useState(false);
  useEffect(() => {
    if (!isPlaying) return;
    if (t >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => go(t + 1), INTERVAL_MS);
    return () => clearTimeout(timer);
  }, [isPlaying, t, last, go]);
  const toggle = () => {
    if (!isPlaying && t >= last) go(0);
    setPlaying(!isPlaying);
  };
  return { isPlaying, toggle };
}

export function Player({
  t,
  last,
  isPlaying,
  toggle,
  go,
}: {
  t: number;
  last: number;
  isPlaying: boolean;
  toggle: () => void;
  go: (t: number) => void;
}) {
  const words = strings.value.player;
  return (
    <fieldset class="player">
      <legend class="hidden">{words.group}</legend>
      <Button label={words.first} disabled={t === 0} onClick={() => go(0)}>
        <Icon path="M6 5h2.500v14H6zM19 5v14L9.500 12z" />
      </Button>
      <Button label={words.back} disabled={t === 0} onClick={() => go(t - 1)}>
        <Icon path="M16 5v14L6 12z" />
      </Button>
      <Button primary label={isPlaying ? words.pause : words.play} onClick={toggle}>
        <Icon path={isPlaying ? 'M6 5h4v14H6zM14 5h4v14h-4z' : 'M7 4l13 8-13 8z'} />
        <span>{isPlaying ? words.pause : words.play}</span>
      </Button>
      <Button label={words.step} disabled={t === last} onClick={() => go(t + 1)}>
        <Icon path="M8 5v14l10-7z" />
      </Button>
      <Slider
        label={words.position}
        value={t}
        low={0}
        high={last}
        says={words.of(t + 1, last + 1)}
        onChange={go}
      />
    </fieldset>
  );
}

function Icon({ path }: { path: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
