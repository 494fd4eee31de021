/** The cell as the well-known drawing, with a value and the vector of all units at every place. */

import { theme } from '../state/settings';
import { colourOf } from '../ui/colours';
import { fixed } from '../ui/numbers';
import { LAYOUTS } from './layouts';
import { GATE, type Item, PORT, RADIUS, TOP, WIDTH, type Wire } from './layouts/layout';
import { type CellRun, isShare, type Place, placeValue, placeVector } from './run';

/** Places that are a step's state, drawn in its colour. */
const HUES: Partial<Record<Place, string>> = {
  previousCell: 'cell',
  previousHidden: 'hidden',
  out: 'hidden',
  squashed: 'cell',
  sum: 'cell',
};

export interface DiagramProps {
  readonly run: CellRun;
  readonly t: number;
  readonly unit: number;
  readonly place: Place;
  readonly isMoving: boolean;
  /** What it shows, for those who do not see it. */
  readonly label: string;
  readonly letterOf: (place: Place) => string;
  readonly nameOf: (place: Place) => string;
  /** Looking at a place; `undefined` ends it. */
  readonly onPoint: (place: Place | undefined) => void;
  readonly onChoose: (place: Place) => void;
}

export function Diagram(props: DiagramProps) {
  const { kind } = props.run;
  const { height, body, wires, items, joints } = LAYOUTS[kind];
  const [left, top, right, bottom] = body;
  return (
    // biome-ignore lint/a11y/useSemanticElements: no element of SVG groups controls.
    <svg
      class={`diagram${props.isMoving ? ' moving' : ''}`}
      viewBox={`0 ${TOP} ${WIDTH} ${height - TOP}`}
      role="group"
      aria-label={props.label}
    >
      <defs>
        <marker
          id="arrow"
          viewBox="0 0 10 10"
          refX="5"
          refY="5"
          markerWidth="5"
          markerHeight="5"
          orient="auto"
        >
          <path d="M0 0L10 5L0 10z" class="arrow" />
        </marker>
      </defs>
      <rect class="body" x={left} y={top} width={right - left} height={bottom - top} rx="16" />
      {wires.map((wire) => (
        <WireLine key={wire.path} {...wire} isState={kind === 'gru'} />
      ))}
      {joints.map(([x, y]) => (
        <circle key={`${x} ${y}`} class="joint" cx={x} cy={y} r="4" />
      ))}
      {items.map((item) => (
        <Node key={`${item.place} ${item.shape}`} item={item} {...props} />
      ))}
    </svg>
  );
}

/** A belt is a broad line with a moving one on it; that of a GRU carries its hidden state. */
function WireLine({ path, kind, hasArrow, isState }: Wire & { isState: boolean }) {
  const hue = kind === 'belt' ? (isState ? 'q-hidden' : 'q-cell') : '';
  return (
    <>
      <path class={`wire ${kind} ${hue}`} d={path} marker-end={hasArrow ? 'url(#arrow)' : undefined} />
      {kind === 'belt' && <path class={`flow ${hue}`} d={path} />}
    </>
  );
}

function Node({ item, ...props }: DiagramProps & { item: Item }) {
  const { run, t, unit, place, letterOf, nameOf, onPoint, onChoose } = props;
  const shown = item.place === 'x' ? 0 : unit;
  const value = placeValue(run, item.place, t, shown);
  const choose = () => onChoose(item.place);
  const [width, height] = hitSize(item);
  return (
    <g
      class={`node ${item.shape} q-${HUES[item.place] ?? item.place}`}
      transform={`translate(${item.x} ${item.y})`}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: there is no button inside an SVG. */}
      <rect
        class="hit"
        x={-width / 2}
        y={-height / 2}
        width={width}
        height={height}
        role="button"
        tabIndex={0}
        aria-pressed={place === item.place}
        aria-label={`${nameOf(item.place)}: ${fixed(value)}`}
        onPointerEnter={() => onPoint(item.place)}
        onPointerLeave={() => onPoint(undefined)}
        onFocus={() => onPoint(item.place)}
        onBlur={() => onPoint(undefined)}
        onClick={choose}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          choose();
        }}
      />
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus. */}
      <g aria-hidden="true">
        {item.shape === 'operation' ? (
          <Operation item={item} value={value} />
        ) : (
          <Box
            item={item}
            letter={letterOf(item.place)}
            value={value}
            vector={placeVector(run, item.place, t)}
            unit={shown}
          />
        )}
      </g>
    </g>
  );
}

/** Where it can be pointed at. */
function hitSize({ shape, sign }: Item): readonly [number, number] {
  if (shape === 'operation') return [sign === 'tanh' ? 70 : 44, 44];
  const { width, height } = shape === 'gate' ? GATE : PORT;
  return [width, height];
}

function Operation({ item: { sign = '', label }, value }: { item: Item; value: number }) {
  const isWide = sign === 'tanh';
  return (
    <>
      <rect
        class="shape"
        x={isWide ? -31 : -RADIUS}
        y={-RADIUS}
        width={isWide ? 62 : 2 * RADIUS}
        height={2 * RADIUS}
        rx={RADIUS}
      />
      <OperationSign sign={sign} />
      {label && (
        <text class="value small" x={label[0]} y={label[1]}>
          {fixed(value)}
        </text>
      )}
    </>
  );
}

/** × and + as lines: as letters they are never in the middle. */
function OperationSign({ sign }: { sign: string }) {
  if (sign === '×') return <path class="sign" d="M-7 -7L7 7M7 -7L-7 7" />;
  if (sign === '+') return <path class="sign" d="M-9 0H9M0 -9V9" />;
  return (
    <text class="sign-text" y="6">
      {sign}
    </text>
  );
}

function Box({
  item: { shape, sign, place },
  letter,
  value,
  vector,
  unit,
}: {
  item: Item;
  letter: string;
  value: number;
  vector: readonly number[];
  unit: number;
}) {
  const { width, height } = shape === 'gate' ? GATE : PORT;
  const top = -height / 2;
  return (
    <>
      <rect
        class="shape"
        x={-width / 2}
        y={top}
        width={width}
        height={height}
        rx={shape === 'gate' ? 8 : 20}
      />
      {shape === 'gate' ? (
        <>
          <text class="letter start" x={-width / 2 + 9} y={top + 21}>
            {letter}
          </text>
          <text class="sign-text end" x={width / 2 - 8} y={top + 20}>
            {sign}
          </text>
        </>
      ) : (
        <text class="letter" y={top + 21}>
          {letter}
        </text>
      )}
      <text class="value" y={shape === 'gate' ? 14 : 10}>
        {fixed(value)}
      </text>
      <Strip vector={vector} place={place} unit={unit} y={height / 2 - (shape === 'gate' ? 15 : 16)} />
    </>
  );
}

const STRIP = { width: 50, height: 9 };

/** All units side by side in their colours, the chosen one framed. */
function Strip({
  vector,
  place,
  unit,
  y,
}: {
  vector: readonly number[];
  place: Place;
  unit: number;
  y: number;
}) {
  const each = STRIP.width / vector.length;
  const palette = isShare(place) ? 'gate' : 'signed';
  const place0 = -STRIP.width / 2;
  return (
    <g class="strip" transform={`translate(${place0} ${y})`}>
      {vector.map((value, index) => (
        <rect
          key={index}
          x={index * each}
          width={each}
          height={STRIP.height}
          fill={colourOf(value, palette, theme.value)}
        />
      ))}
      <rect class="frame" x={unit * each} width={each} height={STRIP.height} />
    </g>
  );
}
