import { setTimeout as pause } from 'node:timers/promises';
import { readOwner } from '@burnrate/shared/protocol/launch.ts';
import { expect, test } from 'vitest';
import { settle } from '../integration/fleet/settled.ts';
import { jobNamed, scenarioFile, Watch } from '../integration/fleet/watch.ts';
import { isAlive, kill, until } from '../unit/collector/live.ts';
import { expectTrue, folderForEach, scenarioOf, trainer } from './truth.ts';

const KILLS = Number(process.env.BURNRATE_FAULTS_KILLS ?? 12);
/** A stop is under way at each fourth. */
const STOPS = Math.ceil(KILLS / 4);
const PATIENCE_MS = 90_000;

const scenario = scenarioOf([
  ...Array.from({ length: STOPS }, (_, index) => trainer(`stop-${index}`, -90 - index)),
  trainer('keep', -300),
  // These are launched while collectors come and go.
  trainer('soon', 1),
  trainer('later', 4),
  trainer('colleague', -120, 'mira'),
]);
const folder = folderForEach();

test(
  `a collector that is killed ${KILLS} times loses no charge, counts none twice, and sends no stop again`,
  async () => {
    await using watch = await Watch.begin({
      speed: 40,
      scenario: scenarioFile(folder(), scenario),
    });
    const { link, demo } = watch;
    const others = [await watch.connectAnother(), await watch.connectAnother()];
    const faces = [link, ...others];
    const newest = faces.map(() => 0);
    for (const [index, face] of faces.entries()) {
      face.onSnapshot(({ collector }) => {
        newest[index] = collector.pid;
      });
    }
    /** Every face is shown what the collector that lives now knows. */
    const recovered = () =>
      until(
        'every face to be served by the living collector',
        () => {
          const pid = readOwner(demo.paths)?.pid;
          return pid !== undefined && isAlive(pid) && newest.every((seen) => seen === pid);
        },
        PATIENCE_MS,
      );
    const killCollector = async () => {
      const pid = await until(
        'a collector that lives',
        () => {
          const owner = readOwner(demo.paths)?.pid;
          return owner !== undefined && isAlive(owner) && owner;
        },
        PATIENCE_MS,
      );
      kill(pid, 'SIGKILL');
      await until('its end', () => !isAlive(pid));
    };

    await watch.until('all of my machines', ({ jobs }) => jobs.length >= STOPS + 2);
    const began = performance.now();
    await killCollector();
    await recovered();
    const startTakesMs = performance.now() - began;

    const asked: Promise<unknown>[] = [];
    for (let killed = 1; killed < KILLS; killed += 1) {
      if (killed % 4 === 1) {
        await recovered();
        const name = `stop-${(killed - 1) / 4}`;
        // A collector that has just started must find the account again before it can stop anything.
        const seen = await watch.until(`${name}, which can be stopped`, ({ jobs }) =>
          jobs.some((job) => job.name === name && job.stoppable),
        );
        const jobId = jobNamed(seen, name).id;
        const plan = await link.request('planStop', { jobId });
        // Two people click, and the collector dies somewhere on the way.
        for (const face of faces.slice(0, 2)) {
          asked.push(face.request('stop', { jobId, action: plan.action }).catch(String));
        }
        await pause(Math.random() * 300);
      } else {
        // While it starts as well as while it works.
        await pause(Math.random() * 1.5 * startTakesMs);
      }
      await killCollector();
    }
    await recovered();
    await Promise.all(asked);
    const over = await watch.until('every stop to be over', ({ stops }) =>
      stops.every(({ state }) => state === 'confirmed' || state === 'failed'),
    );

    const before = await watch.account();
    for (const instance of before.instances) {
      const mayBeAsked = instance.name.startsWith('stop-') ? 1 : 0;
      expect(instance.asked.length, `stops sent for ${instance.name}`).toBeLessThanOrEqual(
        mayBeAsked,
      );
      const stop = over.stops.find(({ jobName }) => jobName === instance.name);
      if (stop?.state === 'confirmed') expect(instance.endedAt, instance.name).toBeDefined();
      if (stop?.state === 'failed') expect(instance.endedAt, instance.name).toBeUndefined();
    }

    await watch.until('the machines that were launched meanwhile', ({ jobs }) =>
      ['soon', 'later'].every((name) => jobs.some((job) => job.name === name)),
    );
    await Promise.all(others.map((face) => face.close()));
    const settled = await settle(watch);
    expect(settled.account.instances).toHaveLength(scenario.machines.length);
    expectTrue(settled);
    // Nothing was sent that had not been written down first.
    for (const { id, asked: times, name } of before.instances) {
      const written = settled.audit.some(
        ({ action, subject }) => action === 'stop' && subject.includes(id),
      );
      expect(written || times.length === 0, name).toBe(true);
    }
  },
  120_000 + KILLS * 15_000,
);
