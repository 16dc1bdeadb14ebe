import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Report } from '@burnrate/shared/protocol/report.ts';
import { expect, test } from 'vitest';
import { exitOf, Home, snapshotWhere } from '../collector/live.ts';
import { microsOf, plainText, readCsv, readTable } from '../report/csv_reader.ts';
import { breaches } from '../report/focus_rules.ts';
import { burnrate, CONTROLS } from './burnrate.ts';

const HOSTILE = '=HYPERLINK("http://evil.example","a, b")';

/** A home whose two jobs, mine of a hostile name and bob's, share one machine of some days. */
async function homeWithJobs() {
  const home = new Home();
  const folder = home.folder('cluster');
  home.configure({ sources: { processes: { folders: [folder] } } });
  const mine = home.job(folder, { name: HOSTILE });
  const bobs = home.job(folder, { name: 'of-bob', mine: false });
  const collector = home.start();
  await home.collectorPid();
  const link = await home.connect();
  await snapshotWhere(link, 'both jobs priced', ({ jobs }) => {
    return jobs.length === 2 && jobs.every(({ total }) => total.micros > 0);
  });
  return { home, mine, bobs, link, collector, account: `processes:${folder}` };
}

/** The collector lives on meanwhile: only what lies in the past is the same to each command. */
const SPAN = ['--since', dayAgo(20), '--until', dayAgo(1)];

/** The local day so many days ago, as `2026-11-24`. */
function dayAgo(days: number): string {
  const day = new Date();
  day.setDate(day.getDate() - days);
  return day.toLocaleDateString('sv-SE');
}

async function jsonOf(home: Home, args: readonly string[]): Promise<Report> {
  const said = await burnrate(home, ['report', '--format', 'json', ...args]);
  expect(said).toMatchObject({ code: 0, stderr: '' });
  return Report.parse(JSON.parse(said.stdout));
}

test('by any key and in any format, the report is the same money, and the ledger’s', async () => {
  const { home, mine, bobs, link, account } = await homeWithJobs();
  await using _ = home;
  const everyones = [...SPAN, '--everyones'];
  const byJob = await jsonOf(home, everyones);
  expect(byJob.total.micros).toBeGreaterThan(0);
  expect(byJob.rows.map(({ key }) => key).sort()).toEqual([mine.id, bobs.id].sort());
  const { series } = await link.request('history', {
    from: byJob.from,
    to: byJob.to,
    stepMs: 86_400_000,
    everyones: true,
  });
  for (const { jobId, micros } of series) {
    const sum = micros.reduce<number>((all, one) => all + (one ?? 0), 0);
    expect(byJob.rows.find(({ key }) => key === jobId)?.micros).toBe(sum);
  }
  for (const by of ['owner', 'day', 'account', 'node', 'provenance']) {
    const { total, rows } = await jsonOf(home, ['--by', by, ...everyones]);
    expect(total).toEqual(byJob.total);
    expect(rows.reduce((sum, { micros }) => sum + micros, 0)).toBe(total.micros);
    if (by === 'owner') expect(rows.map(({ key }) => key).sort()).toEqual(['ada', 'bob']);
    if (by === 'account') expect(rows.map(({ key }) => key)).toEqual([account]);
    if (by === 'provenance') expect(rows.map(({ key }) => key)).toEqual(['quoted']);
  }

  const csv = await burnrate(home, ['report', '--format', 'csv', ...everyones]);
  const rows = readTable(csv.stdout);
  expect(microsOf(rows.map(({ estimated_usd }) => estimated_usd))).toBe(byJob.total.micros);
  expect(rows.map(({ name }) => plainText(name ?? null)).sort()).toEqual([HOSTILE, 'of-bob']);
  expect(csv.stdout).toContain(`"'=HYPERLINK(""http`);

  const file = join(home.path, 'focus.csv');
  const focus = await burnrate(home, ['report', '--format', 'focus', '-o', file, ...everyones]);
  expect(focus).toEqual({ code: 0, stdout: '', stderr: `Written to ${file}.\n` });
  const text = readFileSync(file, 'utf8');
  const table = readTable(text);
  expect(breaches((readCsv(text)[0] ?? []).map(String), table)).toEqual([]);
  expect(microsOf(table.map(({ BilledCost }) => BilledCost))).toBe(byJob.total.micros);
  expect(new Set(table.map(({ x_Estimated }) => x_Estimated))).toEqual(new Set(['true']));
}, 120_000);

test('others’ jobs are in it only when they are asked for', async () => {
  const { home, mine } = await homeWithJobs();
  await using _ = home;
  const own = await jsonOf(home, SPAN);
  expect(own.rows.map(({ key }) => key)).toEqual([mine.id]);
  expect(own.everyones).toBe(false);
  const text = await burnrate(home, ['report', '--by', 'owner', ...SPAN]);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toContain('100% quoted');
  expect(text.stdout).toContain('an estimate, not an invoice');
  expect(text.stdout).toMatch(/ada +\$[\d,]+ +100% +quoted/);
  expect(text.stdout).not.toContain('bob');
  expect(text.stdout).not.toMatch(CONTROLS);
}, 60_000);

test('what cannot be asked or written says so in one line, and leaves no half of a file', async () => {
  const { home } = await homeWithJobs();
  await using _ = home;
  const refusals: [string[], number, RegExp][] = [
    [['--since', 'yesterday-ish'], 2, /"yesterday-ish" is not a length of time/],
    [['--since', '2026-02-31'], 2, /"2026-02-31" is no time/],
    [['--since', '1d', '--until', '2d'], 2, /There is no time between/],
    [['--by', 'colour'], 2, /colour/],
    [
      ['--format', 'csv', '-o', join(home.path, 'none', 'x.csv')],
      1,
      /could not be written to .*x\.csv/,
    ],
    [['--format', 'focus', '-o', home.folder('a-folder')], 1, /could not be written to .*a-folder/],
  ];
  for (const [args, code, message] of refusals) {
    const said = await burnrate(home, ['report', ...args]);
    expect(said).toMatchObject({ code, stdout: '' });
    expect(said.stderr).toMatch(message);
  }
  expect(readdirSync(home.path).filter((name) => name.endsWith('.part'))).toEqual([]);
  expect(existsSync(join(home.path, 'none'))).toBe(false);
}, 60_000);

test('the collector refuses more than a day at once, and ends in order afterwards', async () => {
  const { home, link, collector } = await homeWithJobs();
  await using _ = home;
  const now = Date.now();
  await expect(link.request('costs', { from: 0, to: now })).rejects.toThrow(/a day at most/);
  await link.request('retire', { reason: 'the end of the test' });
  expect(await exitOf(collector)).toBe(0);
});
