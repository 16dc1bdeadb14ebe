import type { Shape } from './bitmap.ts';

type Point = readonly [number, number];

/**
 * The flame: cubic Bézier curves around it, clockwise from its tip, in the unit square with y
 * downwards. The notch on its left side is what tells a flame from a drop at 16 pixels.
 */
const CURVES: readonly (readonly [Point, Point, Point])[] = [
  [
    [0.58, 0.2],
    [0.9, 0.36],
    [0.9, 0.66],
  ],
  [
    [0.9, 0.88],
    [0.72, 0.985],
    [0.5, 0.985],
  ],
  [
    [0.27, 0.985],
    [0.1, 0.86],
    [0.1, 0.65],
  ],
  [
    [0.1, 0.5],
    [0.19, 0.4],
    [0.25, 0.28],
  ],
  [
    [0.3, 0.36],
    [0.34, 0.41],
    [0.39, 0.44],
  ],
  [
    [0.46, 0.32],
    [0.5, 0.17],
    [0.48, 0.02],
  ],
];
const TIP: Point = [0.48, 0.02];
const PIECES = 10;

/** The ends of the outline's sides, x and y in turn: read millions of times in a drawing. */
const OUTLINE = Float64Array.from(flatten());

function flatten(): number[] {
  const points: number[] = [];
  let from = TIP;
  for (const [a, b, to] of CURVES) {
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES;
      for (const axis of [0, 1] as const) {
        points.push(
          (1 - t) ** 3 * from[axis] +
            3 * (1 - t) ** 2 * t * a[axis] +
            3 * (1 - t) * t ** 2 * b[axis] +
            t ** 3 * to[axis],
        );
      }
    }
    from = to;
  }
  return points;
}

/** The whole flame: a point is inside where a ray from it crosses the outline an odd number of times. */
export const flame: Shape = (x, y) => {
  if (x < 0 || x > 1 || y < 0 || y > 1) return false;
  let inside = false;
  let [ax, ay] = lastOfOutline();
  for (let index = 0; index < OUTLINE.length; index += 2) {
    const bx = OUTLINE[index] ?? 0;
    const by = OUTLINE[index + 1] ?? 0;
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
    ax = bx;
    ay = by;
  }
  return inside;
};

function lastOfOutline(): Point {
  return [OUTLINE.at(-2) ?? 0, OUTLINE.at(-1) ?? 0];
}

/** The flame's rim, drawn inwards from its edge: `width` as a part of the whole square. */
export function rim(width: number): Shape {
  return (x, y) => flame(x, y) && distanceToEdge(x, y) < width;
}

/** The flame's lower part, up to `level` of its height, 0 to 1. */
export function filled(level: number): Shape {
  return (x, y) => level > 0 && y >= 1 - level && flame(x, y);
}

function distanceToEdge(x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  let from = lastOfOutline();
  for (let index = 0; index < OUTLINE.length; index += 2) {
    const to: Point = [OUTLINE[index] ?? 0, OUTLINE[index + 1] ?? 0];
    least = Math.min(least, distanceToSide(x, y, from, to));
    from = to;
  }
  return least;
}

function distanceToSide(x: number, y: number, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** A line between two points, with round ends. */
export function line(a: Point, b: Point, width: number): Shape {
  return (x, y) => distanceToSide(x, y, a, b) <= width / 2;
}

export function disc([cx, cy]: Point, radius: number): Shape {
  return (x, y) => Math.hypot(x - cx, y - cy) <= radius;
}

/** A triangle that stands on its base, as on a warning sign. */
export function sign([cx, base]: Point, width: number, height: number): Shape {
  return (x, y) => {
    const up = base - y;
    return up >= 0 && up <= height && Math.abs(x - cx) <= (width / 2) * (1 - up / height);
  };
}

export function both(a: Shape, b: Shape): Shape {
  return (x, y) => a(x, y) && b(x, y);
}

export function either(...shapes: readonly Shape[]): Shape {
  return (x, y) => shapes.some((shape) => shape(x, y));
}

export function except(a: Shape, b: Shape): Shape {
  return (x, y) => a(x, y) && !b(x, y);
}
