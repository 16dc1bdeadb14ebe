/** One value and what it is of. */
export interface Point {
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** How often something took so long: in each step up to its bound, and in the last beyond all. */
export interface Durations {
  /** Seconds, ascending. */
  bounds: readonly number[];
  counts: readonly number[];
  sum: number;
}

/** A metric of several series, named by the conventions of Prometheus. */
export type Family = { name: string; help: string; unit: string } & (
  | { kind: 'gauge' | 'counter'; points: readonly Point[] }
  | { kind: 'histogram'; durations: Durations }
);

/** Values by their labels; what has the same labels is added up. */
export class Points {
  readonly #points = new Map<string, Point>();

  add(labels: Readonly<Record<string, string>>, value: number): this {
    const key = JSON.stringify(labels);
    const before = this.#points.get(key);
    this.#points.set(key, { labels, value: (before?.value ?? 0) + value });
    return this;
  }

  all(): Point[] {
    return [...this.#points.values()];
  }
}

export function gauge(name: string, unit: string, help: string, points: Points): Family {
  return { name, unit, help, kind: 'gauge', points: points.all() };
}

export function counter(name: string, unit: string, help: string, points: Points): Family {
  return { name, unit, help, kind: 'counter', points: points.all() };
}
