import type { State } from '@burnrate/shared/faces/readout.ts';
import { type Micros, toDollars } from '@burnrate/shared/model/money.ts';
import { type Bitmap, type Colour, type Layer, paint, type Shape } from './bitmap.ts';
import { disc, either, except, filled, flame, line, rim, sign } from './shapes.ts';

/** All that the tray's icon shows. Equal ones look the same, so it is redrawn only on a change. */
export interface TrayIcon {
  state: State;
  /** How high the flame is filled, 0 to 4. */
  level: number;
}

/** US dollars per hour from which the flame is filled to each further quarter. */
const QUARTERS = [0, 2, 10, 50];

/** The level of a rate: 0 where nothing burns, a quarter for anything at all. */
export function levelOf(microsPerHour: Micros): number {
  const dollars = toDollars(microsPerHour);
  return dollars <= 0 ? 0 : QUARTERS.filter((from) => dollars >= from).length;
}

/**
 * Each has a contrast of at least 3:1 against a white and against a dark (#202020) panel: that of
 * graphics by WCAG 2.2, 1.4.11. A state never shows in its colour alone: see `marks`.
 */
export const COLOURS: Readonly<Record<State, Colour>> = {
  calm: [0x22, 0x8b, 0xe6],
  warning: [0xc7, 0x77, 0x00],
  critical: [0xe0, 0x31, 0x31],
  stale: [0x86, 0x8e, 0x96],
  offline: [0x86, 0x8e, 0x96],
};

const BLACK: Colour = [0, 0, 0];

/**
 * Draws the icon at a size in pixels. A template image, for macOS, is black: the system gives it
 * the colour of its menu bar and uses only what is covered.
 */
export function drawTrayIcon(icon: TrayIcon, size: number, template = false): Bitmap {
  const colour = template ? BLACK : COLOURS[icon.state];
  const body: Layer = { shape: bodyOf(icon, size), colour };
  return paint(size, [body, ...marks(icon.state, colour)]);
}

/** The rim is always there, never thinner than a pixel and a bit; within it, how much burns. */
function bodyOf({ state, level }: TrayIcon, size: number): Shape {
  const edge = rim(Math.max(0.075, 1.2 / size));
  if (state === 'offline') return edge;
  return level >= QUARTERS.length ? flame : either(edge, filled(level / QUARTERS.length));
}

/**
 * What tells the states apart without colour, each mark set off by a gap that is cut around it:
 * a sign with a tip for a warning, a large disc with a bar for what is critical, a clock for what
 * may be old, a stroke through all for no connection.
 */
function marks(state: State, colour: Colour): Layer[] {
  const over = (shape: Shape, gap: Shape): Layer[] => [
    { shape: gap, colour: undefined },
    { shape, colour },
  ];
  switch (state) {
    case 'calm':
      return [];
    case 'warning':
      return over(sign([0.7, 1], 0.6, 0.52), sign([0.7, 1.1], 0.94, 0.8));
    case 'critical': {
      const bar = either(line([0.68, 0.5], [0.68, 0.7], 0.11), disc([0.68, 0.86], 0.06));
      return over(except(disc([0.68, 0.68], 0.32), bar), disc([0.68, 0.68], 0.4));
    }
    case 'stale': {
      const face = except(disc([0.72, 0.72], 0.28), disc([0.72, 0.72], 0.19));
      const hands = either(
        line([0.72, 0.72], [0.72, 0.58], 0.07),
        line([0.72, 0.72], [0.82, 0.72], 0.07),
      );
      return over(either(face, hands), disc([0.72, 0.72], 0.36));
    }
    case 'offline':
      return over(line([0.06, 0.06], [0.94, 0.94], 0.11), line([0.06, 0.06], [0.94, 0.94], 0.3));
  }
}
