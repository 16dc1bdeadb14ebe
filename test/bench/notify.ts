import { setTimeout as pause } from 'node:timers/promises';
import { announceAlerts } from '@burnrate/shared/faces/announcer.ts';
import type { ScenarioInput } from '../fleet/scenario.ts';
import type { Bench, Figure } from './figure.ts';
import { stage } from './product.ts';

const JOBS = 20;
/** A job must have worked for a while before it can fall idle. Minutes. */
const FIRST_DROP = 1.5;
const LAST_DROP = 3;
const PATIENCE_MS = 120_000;
const TARGET_S = 60;

/** Jobs of one GPU each, whose drops are spread over all phases of the readings' cadence. */
const scenario: ScenarioInput = {
  seed: 20,
  account: '482913570064',
  user: 'sam',
  machines: Array.from({ length: JOBS }, (_, index) => ({
    name: `trainer-${index}`,
    type: 'g5.xlarge',
    launched: -45,
    owner: 'sam',
    workload: {
      kind: 'training',
      level: 0.92,
      drop: { at: FIRST_DROP + ((LAST_DROP - FIRST_DROP) * index) / (JOBS - 1), to: 0.18 },
    },
    // The endpoint shows the drop at once, so that what is measured is the way from there.
    exporter: { collectSeconds: 1 },
  })),
};

/**
 * From the drop at the endpoint to the moment at which a face shows the notification: over real
 * HTTP, in real time, at the cadences that users have.
 */
export const notify: Bench = {
  name: 'notify',
  async run(): Promise<Figure[]> {
    const { link, account, realTime, close } = await stage(scenario);
    const shownAt = new Map<string, number>();
    const failures: unknown[] = [];
    const end = announceAlerts(
      link,
      ({ alerts }) => {
        for (const { subject } of alerts) {
          const instance = subject.split(':').at(-1) ?? '';
          if (!shownAt.has(instance)) shownAt.set(instance, Date.now());
        }
      },
      (error) => failures.push(error),
    );
    try {
      const until = Date.now() + LAST_DROP * 60_000 + PATIENCE_MS;
      while (shownAt.size < JOBS && Date.now() < until) await pause(200);
      const { instances } = await account();
      const seconds = instances.map(({ id, droppedAt = Number.NaN }) => {
        const shown = shownAt.get(id);
        return shown === undefined
          ? Number.POSITIVE_INFINITY
          : (shown - realTime(droppedAt)) / 1000;
      });
      const early = seconds.filter((value) => !(value >= 0)).length;
      return [
        figure('p95 from the drop to the notification', p95(seconds), 's', TARGET_S),
        figure('longest', Math.max(...seconds), 's', TARGET_S),
        figure('notifications before any drop', early, 'count', 0),
        figure('requests that failed', failures.length, 'count', 0),
      ];
    } finally {
      end();
      await close();
    }
  },
};

function p95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(0.95 * sorted.length) - 1] ?? Number.POSITIVE_INFINITY;
}

function figure(what: string, value: number, unit: string, target: number): Figure {
  const rounded = Math.round(value * 10) / 10;
  return { name: `notify: ${what}`, value: rounded, unit, target, holds: rounded <= target };
}
