import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HOUR, type Instant, MINUTE } from '@burnrate/shared/model/time.ts';
import { openStore } from '@burnrate/shared/store/sqlite.ts';
import type { Bench, Figure } from './figure.ts';
import { chargesOf, jobsOf, nodesOf, readingsOf } from './store_history.ts';

const JOBS = 100;
const TICKS = 4 * 60;
const FROM: Instant = Date.UTC(2026, 7, 24);

/**
 * What a team store costs a tick: the same hours of ticks into a ledger that notes what changed,
 * its server out of reach, and into one that does not, a tick of each in turn.
 */
export const team: Bench = {
  name: 'team',
  async run(): Promise<Figure[]> {
    const folder = mkdtempSync(join(tmpdir(), 'burnrate-bench-'));
    try {
      let now = FROM;
      const open = (name: string) => openStore(join(folder, name), { now: () => now });
      const alone = open('alone.db');
      const followed = open('team.db');
      followed.outbox.follow('db.example:8123/burnrate');
      const commits: { alone: number[]; followed: number[] } = { alone: [], followed: [] };
      for (let tick = 0; tick < TICKS; tick += 1) {
        const from = now;
        now += MINUTE;
        const inTurn = [
          () => commits.alone.push(cpuOf(() => write(alone.store, from, now))),
          () => commits.followed.push(cpuOf(() => write(followed.store, from, now))),
        ];
        for (const one of tick % 2 === 0 ? inTurn : inTurn.toReversed()) one();
      }
      const waiting = followed.outbox.waiting().changes;
      const reads: number[] = [];
      for (let index = 0; index < 5; index += 1) reads.push(cpuOf(() => followed.outbox.take(500)));
      alone.store.close();
      followed.store.close();
      const bytes = (name: string) => statSync(join(folder, name)).size;
      return [
        figure(
          `team: commit of a tick of ${JOBS} jobs that is noted for a server, against one that is not`,
          median(commits.followed) / median(commits.alone),
          'x',
          1.25,
        ),
        figure(
          'team: disk after four hours without the server, against a ledger without one',
          bytes('team.db') / bytes('alone.db'),
          'x',
          1.1,
        ),
        figure(
          'team: rows that wait for each hour of a machine and its job without the server',
          (waiting - 2 * JOBS) / (JOBS * (TICKS / 60)),
          'rows',
          2,
        ),
        figure('team: 500 changes read for sending, median', median(reads), 'ms', 50),
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function write(store: ReturnType<typeof openStore>['store'], from: Instant, to: Instant): void {
  store.tick(() => {
    store.saveNodes(nodesOf(JOBS, FROM), to);
    store.saveJobs(jobsOf(JOBS, FROM), to);
    for (const [nodeId, charge] of chargesOf(JOBS, from, to)) {
      store.writeCharges(nodeId, { from, to }, [charge]);
    }
    store.saveSamples(readingsOf(JOBS, to));
    if (to % HOUR === 0) store.compact(to);
  });
}

/** Milliseconds of CPU, which a busy machine does not make longer. */
function cpuOf(work: () => unknown): number {
  const began = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function figure(name: string, value: number, unit: string, target: number): Figure {
  return { name, value: Math.round(value * 100) / 100, unit, target, holds: value <= target };
}
