import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { settle } from '../integration/fleet/settled.ts';
import { scenarioFile, Watch } from '../integration/fleet/watch.ts';
import { kill } from '../unit/collector/live.ts';
import { expectTrue, folderForEach, scenarioOf, trainer } from './truth.ts';

const STEPPED = pathToFileURL(fileURLToPath(new URL('./stepped_clock.mjs', import.meta.url))).href;

const scenario = scenarioOf([trainer('one', -50), trainer('two', -100)]);

const folder = folderForEach();

test.each([
  ['forth', DAY],
  ['back', -DAY],
])(
  'a clock that steps a day %s and is set right again leaves every charge as it was',
  async (_, step) => {
    const speed = 60;
    const offset = join(folder(), 'offset');
    writeFileSync(offset, '0');
    await using watch = await Watch.begin(
      { speed, scenario: scenarioFile(folder(), scenario) },
      ({ env }) => {
        env.NODE_OPTIONS = `--import ${STEPPED}`;
        env.BURNRATE_TEST_OFFSET = offset;
      },
    );
    const { pid } = watch.link.welcome;
    const tick = (what: string, from: number, to = from + 8 * HOUR) =>
      watch.until(what, ({ at }) => at > from && at < to);
    const { at } = await watch.until(
      'both machines metered',
      ({ jobs }) => jobs.filter(({ total }) => total.micros > 0).length === 2,
    );
    // The fleet's clock runs `speed` times as fast as the one that is set.
    writeFileSync(offset, String(step / speed));
    const wrong = await tick('a tick by the wrong clock', at + step);
    await tick('a minute more of it', wrong.at + MINUTE);
    writeFileSync(offset, '0');
    await tick('a tick by the right clock', at);
    expect(watch.link.welcome.pid).toBe(pid);
    expectTrue(await settle(watch));
  },
);

test.skipIf(process.platform === 'win32')(
  'after a sleep of eight hours every machine is charged for all of them, and for no more',
  async () => {
    const speed = 1200;
    await using watch = await Watch.begin({ speed, scenario: scenarioFile(folder(), scenario) });
    const { pid } = watch.link.welcome;
    const { at } = await watch.until(
      'both machines',
      ({ jobs }) => jobs.filter(({ total }) => total.micros > 0).length === 2,
    );
    kill(pid, 'SIGSTOP');
    await pause((8 * HOUR) / speed);
    kill(pid, 'SIGCONT');
    await watch.until(
      'a tick after waking',
      (snapshot) =>
        snapshot.at > at + 8 * HOUR + MINUTE &&
        snapshot.jobs.every(({ total }) => !total.uncertain) &&
        snapshot.accounts.every(({ state }) => state === 'ok'),
    );
    expect(watch.link.welcome.pid).toBe(pid);
    expectTrue(await settle(watch));
  },
);
