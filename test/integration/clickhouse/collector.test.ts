import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DAY } from '@burnrate/shared/model/time.ts';
import type { CostPage, Report } from '@burnrate/shared/protocol/report.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Home, snapshotWhere, until } from '../../unit/collector/live.ts';
import { labHome } from '../../unit/sources/fixture/lab.ts';
import { type ClickHouse, debian, PASSWORD } from './server.ts';

const run = promisify(execFile);
const COLLECTOR = fileURLToPath(new URL('../fixture/collector_main.ts', import.meta.url));
const CLI = fileURLToPath(new URL('../../../shared/cli/main.ts', import.meta.url));
const missing = await debian.install();

describe.skipIf(missing)(`collectors of a team${missing ? `: ${missing}` : ''}`, () => {
  let server: ClickHouse;
  let lab: ReturnType<typeof labHome>;
  beforeAll(async () => {
    server = await debian.start();
    lab = labHome(userInfo().username);
  });
  afterAll(async () => {
    await server?.stop();
    if (lab) rmSync(lab.home, { recursive: true, force: true });
  });

  /** A collector's home, a link to it, and its command line. */
  async function member(password: string | undefined) {
    const env = {
      HOME: lab.home,
      PATH: '/nonexistent',
      ...(password !== undefined && { BURNRATE_STORE_PASSWORD: password }),
    };
    const home = new Home(env);
    const { url } = server.settings;
    home.configure({ sources: { rack: { cancel: lab.cancel } }, store: url });
    const launch = { command: process.execPath, args: [COLLECTOR], env: home.env };
    const link = await home.connect({ launch });
    const cli = async (...args: string[]) => {
      const options = { env: { ...process.env, ...home.env, COLUMNS: '120' } };
      const { stdout } = await run(process.execPath, [CLI, ...args], options).catch(
        (error) => error,
      );
      return String(stdout);
    };
    return { home, link, cli };
  }

  test('two who see one cluster report it once, by owner and project; months are compared', async () => {
    const [ada, bob] = [await member(PASSWORD), await member(PASSWORD)];
    await using _a = ada.home;
    await using _b = bob.home;
    for (const { link } of [ada, bob]) {
      await snapshotWhere(link, 'the jobs of the rack', ({ jobs }) =>
        jobs.some(({ id, total }) => id === 'rack:home:7' && total.micros > 0),
      );
      await link.request('teamStore', { send: true });
    }
    const now = Date.now();
    const hour = { from: now - 30 * 60_000, to: now - 10 * 60_000 };
    const [one, other] = await Promise.all(
      [ada, bob].map(({ link }) => link.request('costs', { ...hour, everyones: true })),
    );
    const sum = (page: CostPage | undefined) =>
      (page?.costs ?? []).reduce((all, { micros }) => all + micros, 0);
    expect(sum(one)).toBeGreaterThan(0);
    const both = await until('both ledgers in the team store', async () => {
      const { standing } = await bob.link.request('teamStore', {});
      if (standing?.caughtUpAt === undefined) return undefined;
      return ada.link.request('costs', { ...hour, team: true });
    });
    // Cut within their charges, the two may round a micro-dollar apart: one of them counts.
    expect([sum(one), sum(other)]).toContain(sum(both));

    const compared = await ada.link.request('compareTeamStore', {});
    expect(compared.months.length).toBeGreaterThan(0);
    for (const { ledger, team } of compared.months) expect(team).toBe(ledger);

    const report = JSON.parse(
      await bob.cli('report', '--team', '--by', 'owner', '--since', '2h', '--format', 'json'),
    ) as Report;
    expect(report.everyones).toBe(true);
    expect(report.rows.map(({ name }) => name)).toContain(userInfo().username);
    expect(report.rows.reduce((all, { micros }) => all + micros, 0)).toBe(report.total.micros);

    for (const by of ['project', 'day']) {
      const told = await bob.cli('report', '--team', '--by', by, '--since', '2h');
      expect(told).toMatch(/everyone’s/);
    }
    // The page's card says the same: what two of them see is told once.
    const costs = await ada.link.request('teamCosts', { span: '30d' });
    expect(costs.of).toBe('store');
    const own = await ada.link.request('costs', {
      from: costs.to - DAY,
      to: costs.to,
      everyones: true,
    });
    expect(costs.total.spent.micros / sum(own)).toBeCloseTo(1, 1);
    for (const rows of [costs.owners, costs.projects]) {
      expect(rows.reduce((all, { spent }) => all + spent.micros, 0)).toBe(costs.total.spent.micros);
    }
    expect(costs.owners.map(({ name }) => name)).toContain(userInfo().username);

    const focus = await bob.cli('report', '--team', '--since', '2h', '--format', 'focus');
    expect(focus.split('\n', 1)[0]).toContain('BilledCost');
    expect(focus.split('\n').length).toBeGreaterThan(2);

    expect(await bob.cli('store', 'status')).toMatch(/✓ Team store: 127\.0\.0\.1:\d+\/burnrate/);
    expect(await bob.cli('store', 'migrate', '--again')).toMatch(/equal/);
    const chart = await bob.link.request('history', {
      from: now - 60 * 60_000,
      to: now,
      stepMs: 60_000,
      team: true,
    });
    expect(chart.series.map(({ jobId }) => jobId)).toContain('rack:home:7');
  });

  test('a collector without the password goes on, and says on the page and to its doctor what is missing', async () => {
    const eve = await member(undefined);
    await using _ = eve.home;
    const seen = await snapshotWhere(
      eve.link,
      'the trouble with the team store',
      ({ accounts, jobs }) =>
        jobs.length > 0 && accounts.some(({ source, failure }) => source === 'team' && failure),
    );
    const account = seen.accounts.find(({ source }) => source === 'team');
    expect(account).toMatchObject({
      title: `Team store: 127.0.0.1:${server.port}/burnrate`,
      state: 'failed',
      failure: { kind: 'denied' },
    });
    expect(account?.failure?.message).toMatch(
      /rows? waits? here.*refused the user or the password/,
    );
    await expect(eve.link.request('teamCosts', { span: 'month' })).rejects.toThrow(
      /refused the user or the password.*Check the user in store: of burnrate\.yaml/,
    );
    const doctor = await eve.link.request('doctor', {});
    const [check] =
      doctor.accounts.find(({ account }) => account.startsWith('team:'))?.checks ?? [];
    expect(check).toMatchObject({ ok: false });
    expect(check?.remedy).toContain('store: of burnrate.yaml');
    expect(eve.home.log()).not.toContain(PASSWORD);
  });
});
