import { homedir } from 'node:os';
import { join } from 'node:path';
import { reportLines } from '@burnrate/shared/cli/doctor.ts';
import type { Accounts } from '@burnrate/shared/collector/accounts.ts';
import { examine } from '@burnrate/shared/collector/doctor.ts';
import { pathsFor } from '@burnrate/shared/config/paths.ts';
import { registry } from '@burnrate/shared/sources/index.ts';
import { expect, test } from 'vitest';
import { bareMachine } from '../sources/bare.ts';

const paths = pathsFor({ BURNRATE_HOME: join(homedir(), '.burnrate') });

/** What every source that there is says of a machine with nothing on it. */
async function lookedOnABareMachine() {
  const looked = Object.entries(registry).map(async ([id, load]) => {
    const source = await load();
    const machine = bareMachine({ homedir: homedir(), env: { PATH: '/nonexistent' } });
    const { accounts, looked: places } = await source.discover(
      { ...machine, homedir: '/nonexistent' },
      source.settings.parse(undefined),
    );
    return { source: id, title: source.title, found: accounts.length, places };
  });
  return Promise.all(looked);
}

test('on an empty machine every source says where it looked, in one order, and what to do is said', async () => {
  const looked = await lookedOnABareMachine();
  const accounts = { all: () => [], looked: () => looked } as Pick<Accounts, 'all' | 'looked'>;
  const report = await examine(accounts, paths);
  expect(report.accounts).toEqual([]);
  const titles = report.looked.map(({ title }) => title);
  expect(titles).toEqual(titles.toSorted((a, b) => a.localeCompare(b, 'en')));
  expect(report.looked.length).toBe(looked.filter(({ found }) => found === 0).length);
  for (const { title, places } of report.looked) {
    expect(places.length, title).toBeGreaterThan(0);
    // Where, and what was found there.
    for (const place of places) expect(place, title).toMatch(/\S: \S/);
  }
  const text = reportLines(report, 100).map((line) => line.map((part) => part.text).join(''));
  expect(text.join('\n')).toMatch(
    /No account was found[\s\S]*aws configure sso[\s\S]*burnrate demo/,
  );
  for (const line of text) expect([...line].length).toBeLessThanOrEqual(100);
});

test('paths of the user’s home are written as people write them', async () => {
  const places = [`${join(homedir(), '.config', 'x')}: not there`];
  const looked = [{ source: 'x', title: 'X', found: 0, places }];
  const accounts = { all: () => [], looked: () => looked } as unknown as Accounts;
  const report = await examine(accounts, paths);
  expect(report.looked[0]?.places).toEqual([`${join('~', '.config', 'x')}: not there`]);
});
