import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Demo } from '@burnrate/shared/cli/demo.ts';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { settle } from '../integration/fleet/settled.ts';
import { scenarioFile, Watch } from '../integration/fleet/watch.ts';
import { Distorted } from './distorted.ts';
import { expectTrue, folderForEach, PER_HOUR, scenarioOf, trainer } from './truth.ts';

const NO_NAMES = pathToFileURL(fileURLToPath(new URL('./no_names.mjs', import.meta.url))).href;

const scenario = scenarioOf([trainer('one', -50), trainer('two', -100)]);
const folder = folderForEach();

test('while no name can be resolved that is said, nothing is lost, and all is well by itself afterwards', async () => {
  const down = join(folder(), 'no-names');
  using network = new Distorted();
  const named = async (url: string) =>
    (await network.before(url)).replace('127.0.0.1', 'localhost');
  async function byName({ env, fleet, paths }: Demo): Promise<void> {
    const cloud = await named(fleet.aws);
    for (const name of Object.keys(env)) if (name.startsWith('AWS_ENDPOINT_URL')) env[name] = cloud;
    const endpoints = await Promise.all(fleet.exporters.map(named));
    const config = parse(readFileSync(paths.config, 'utf8'));
    writeFileSync(paths.config, stringify({ sources: { ...config.sources, dcgm: { endpoints } } }));
    env.NODE_OPTIONS = `--import ${NO_NAMES}`;
    env.BURNRATE_TEST_NO_NAMES = down;
  }
  await using watch = await Watch.begin(
    { speed: 60, scenario: scenarioFile(folder(), scenario) },
    byName,
  );
  const isWell = (since: number) =>
    watch.until('all to be well', ({ accounts, jobs, at }) => {
      const read = jobs.filter(({ activityAt }) => (activityAt ?? 0) > since);
      return at > since && read.length === 2 && accounts.every(({ state }) => state === 'ok');
    });
  const { pid } = watch.link.welcome;
  await isWell(0);

  writeFileSync(down, '');
  // Connections that are open need no name: they break, too.
  network.begin('broken');
  const unresolved = (snapshot: { accounts: { source: string; failure?: unknown }[] }) =>
    ['aws', 'dcgm'].every((source) =>
      snapshot.accounts.some(
        (one) => one.source === source && /EAI_AGAIN|looked up/.test(JSON.stringify(one.failure)),
      ),
    );
  const seen = await watch.until('names to be missed', unresolved);
  network.begin('none');
  const later = await watch.until(
    'them to be missed still',
    (snapshot) => snapshot.at > seen.at + 3 * 60_000 && unresolved(snapshot),
  );
  expect(later.jobs.map(({ rate }) => rate.micros)).toEqual([PER_HOUR, PER_HOUR]);
  for (const { failure } of later.accounts) if (failure) expect(failure.remedy).not.toBe('');

  rmSync(down);
  await isWell(later.at);
  expect(watch.link.welcome.pid).toBe(pid);
  for (const { asked } of (await watch.account()).instances) expect(asked).toEqual([]);
  expectTrue(await settle(watch));
});
