import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { settle } from '../integration/fleet/settled.ts';
import { scenarioFile, Watch } from '../integration/fleet/watch.ts';
import { expectTrue, folderForEach, scenarioOf, trainer } from './truth.ts';

/** Hours of the fleet's time, at 60 times the speed: 24 by hand, which take 24 minutes. */
const HOURS = Number(process.env.BURNRATE_SOAK_HOURS ?? 1);
const SPEED = 60;
/** The first part is left out: caches fill, and code is read. */
const SETTLES = 0.4;
/** The slope of a heap that only breathes, over the rest of the time. */
const HEAP_GROWTH = 0.1;
const HANDLES_MORE = 4;
/** On disk for a reading and for a minute of a job, with indexes: as `npm run bench -- store` finds, and its journal apart. */
const BYTES_A_ROW = 400;
const FIXED_BYTES = 1_000_000;

const machines = Array.from({ length: 5 }, (_, index) => trainer(`train-${index}`, -60 - index));
const folder = folderForEach();

interface Look {
  at: number;
  heapBytes: number;
  handles: number;
  diskBytes: number;
}

test.skipIf(process.platform !== 'linux')(
  `over ${HOURS} h a collector's memory and file handles stay as they are, and its ledger grows as it must`,
  { timeout: HOURS * (HOUR / SPEED) + 240_000 },
  async () => {
    const log = `${folder()}/heap.jsonl`;
    await using watch = await Watch.begin(
      { speed: SPEED, scenario: scenarioFile(folder(), scenarioOf(machines)) },
      ({ env }) => {
        env.NODE_OPTIONS = `--expose-gc --import ${new URL('./heap_log.mjs', import.meta.url).href}`;
        env.BURNRATE_TEST_HEAP_LOG = log;
      },
    );
    const { pid } = watch.link.welcome;
    const { paths } = watch.demo;
    const { at: from } = await watch.until(
      'all machines',
      ({ jobs }) => jobs.filter(({ activityAt }) => activityAt !== undefined).length === 5,
    );
    while (!existsSync(log)) await pause(100);
    const looks: Look[] = [];
    const until = from + HOURS * HOUR;
    for (let at = from; at < until; ) {
      await pause(1000);
      at = watch.seen.at(-1)?.at ?? at;
      watch.seen.splice(0, watch.seen.length - 1);
      const heap = readFileSync(log, 'utf8').trimEnd().split('\n').at(-1);
      looks.push({
        at,
        heapBytes: Number(heap),
        handles: readdirSync(`/proc/${pid}/fd`).length,
        diskBytes: statSync(paths.database).size,
      });
    }
    const settled = looks.filter(({ at }) => at > from + SETTLES * HOURS * HOUR);
    const heap = ends(settled.map(({ heapBytes }) => heapBytes));
    expect(heap.last / heap.first - 1, 'growth of the heap').toBeLessThan(HEAP_GROWTH);
    // Connections come and go; what leaks would go on growing.
    const handles = ends(settled.map((one) => one.handles));
    expect(handles.last - handles.first, 'file handles').toBeLessThan(HANDLES_MORE);

    expect(watch.link.welcome.pid).toBe(pid);
    const result = await settle(watch);
    expectTrue(result);
    const minutes = (until - from) / MINUTE;
    // A reading each 10 s of each machine's GPU, and a charge a minute.
    const rows = machines.length * minutes * 7;
    const grown = statSync(paths.database).size - (looks[0]?.diskBytes ?? 0);
    expect(grown).toBeLessThan(FIXED_BYTES + rows * BYTES_A_ROW);
    expect(grown).toBeGreaterThan(0);
  },
);

/** The means of the first third and of the last. */
function ends(values: readonly number[]): { first: number; last: number } {
  const third = Math.ceil(values.length / 3);
  return { first: mean(values.slice(0, third)), last: mean(values.slice(-third)) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
