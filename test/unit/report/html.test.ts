import { createHash } from 'node:crypto';
import type { ReportKey } from '@burnrate/shared/protocol/report.ts';
import { dailyOf } from '@burnrate/shared/report/daily.ts';
import { htmlOf } from '@burnrate/shared/report/html.ts';
import { pagesOf } from '@burnrate/shared/report/pages.ts';
import type { Store } from '@burnrate/shared/store/store.ts';
import { expect, test } from 'vitest';
import { chargeOf, Place } from '../store/place.ts';
import { END, fill, JOBS, jobOf, NODES, nodeOf, START } from './ledgers.ts';

const HOUR = 3_600_000;

function daily(store: Store, by: ReportKey) {
  const span = { from: START, to: END };
  const pages = pagesOf((query) => store.costs(query), span, { everyones: true });
  return dailyOf({ ...span, by, everyones: true }, pages);
}

function charges() {
  return [0, 1, 2].flatMap((job) => {
    const from = Math.floor((START + job * 24 * HOUR) / HOUR) * HOUR + HOUR;
    return [
      chargeOf(from, from + HOUR, 1_000_000 * (job + 1), {
        nodeId: NODES[0]?.id ?? '',
        jobId: JOBS[job]?.id ?? '',
      }),
    ];
  });
}

test('what each row cost on each day adds up to the row', async () => {
  using place = new Place();
  const { store } = place.open();
  fill(store, charges());
  for (const by of ['job', 'owner', 'project', 'run', 'cloud'] as const) {
    const { report, byDay, days } = await daily(store, by);
    expect(days.length).toBeGreaterThan(5);
    for (const row of report.rows) {
      const sum = (byDay.get(row.key) ?? []).reduce((all, one) => all + (one ?? 0), 0);
      expect(sum).toBe(row.micros);
    }
    expect(report.total.micros).toBe(6_000_000);
  }
});

test('sums by project, run and cloud are of the labels that jobs carry, and of who sells', async () => {
  using place = new Place();
  const { store } = place.open();
  const labelled = [
    jobOf('slurm:lab:1', { labels: { project: 'vision', run: 'r1' } }),
    jobOf('slurm:lab:2', { labels: { Project: 'vision', run: 'r1' } }),
    jobOf('slurm:lab:3', { labels: {}, name: 'eval' }),
  ];
  const mine = NODES[0]?.id ?? '';
  fill(store, charges());
  store.saveJobs(labelled, END);
  store.saveNodes([nodeOf(mine)], END);
  const names = async (by: ReportKey) =>
    (await daily(store, by)).report.rows.map(({ name, micros }) => [name, micros]);
  expect(await names('project')).toEqual([
    ['no project', 3_000_000],
    ['vision', 3_000_000],
  ]);
  expect(await names('run')).toEqual([
    ['eval', 3_000_000],
    ['r1', 3_000_000],
  ]);
  expect(await names('cloud')).toEqual([['aws', 6_000_000]]);
});

test('the page fetches nothing, allows its own style alone, and takes no name for markup', async () => {
  using place = new Place();
  const { store } = place.open();
  fill(store, charges());
  const evil = '<script>alert(1)</script><img alt=x onerror=alert(1)>"\'&';
  store.saveJobs([jobOf('slurm:lab:1', { name: evil, owner: '"><b>' })], END);
  const html = htmlOf(await daily(store, 'job'));
  expect(html).not.toContain('<script');
  expect(html).not.toContain('<img');
  expect(html).not.toContain('<b>');
  expect(html).not.toMatch(/url\(|@import|\ssrc=|\shref=|\sstyle="/);
  const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(html).toContain(`default-src 'none'; style-src 'sha256-${hash}'`);
});

test('says that nothing was metered, rather than showing an empty chart', async () => {
  using place = new Place();
  const { store } = place.open();
  const html = htmlOf(await daily(store, 'job'));
  expect(html).toContain('Nothing was metered');
  expect(html).not.toContain('<svg');
});
