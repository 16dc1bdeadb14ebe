import { ledgerOf, TeamCosts, type TeamLedger } from '@burnrate/shared/collector/team_costs.ts';
import { capped } from '@burnrate/shared/collector/team_rows.ts';
import { type Figure, NOTHING } from '@burnrate/shared/model/rate.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import {
  DAY,
  HOUR,
  type Interval,
  MINUTE,
  startOfLocalDay,
  startOfLocalMonth,
} from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { jobView } from '../alerts/scene.ts';
import { jobOf, nodeOf } from '../report/ledgers.ts';
import { chargeOf, NOON, Place } from '../store/place.ts';

const figure = (micros: number, changes: Partial<Figure> = {}): Figure => ({
  ...NOTHING,
  micros,
  provenance: 'list',
  ...changes,
});

const ADA = jobOf('slurm:lab:1', { labels: { project: 'vision' } });
const BOB = jobOf('slurm:lab:2', { owner: 'bob', mine: false });
const NODE = nodeOf('aws:dev:i-1', { owner: 'bob', mine: false });

/** Ada and Bob each run a job; of Bob's machine a part is idle. */
const present = {
  at: NOON,
  jobs: [
    jobView({ ...ADA, rate: figure(10e6, { provenance: 'quoted' }) }),
    jobView({ ...BOB, rate: figure(4e6, { unpriced: 1 }) }),
  ],
  nodes: [{ ...NODE, idle: figure(1e6), alsoKnownAs: [] }],
} as unknown as Snapshot;

function stage(ledger: (place: Place) => TeamLedger) {
  const place = new Place();
  const clock = { now: () => place.now };
  const team = new TeamCosts({
    clock,
    snapshot: () => present,
    ledger: async () => ledger(place),
  });
  return { place, team };
}

/** A ledger of which Ada spent $30 today and $7 in the month before, and Bob $5 on a job and $2 idle. */
function spent(place: Place): TeamLedger {
  const { store } = place.open();
  store.saveJobs([ADA, BOB], NOON);
  store.saveNodes([NODE], NOON);
  const hour = { from: NOON - 2 * HOUR, to: NOON - HOUR };
  const before = startOfLocalMonth(NOON) - 3 * DAY;
  const old = Math.ceil(before / HOUR) * HOUR;
  store.writeCharges(NODE.id, { from: old, to: NOON }, [
    chargeOf(old, old + HOUR, 7e6, { jobId: ADA.id, nodeId: NODE.id, provenance: 'billed' }),
    chargeOf(hour.from, hour.to, 30e6, { jobId: ADA.id, nodeId: NODE.id, provenance: 'quoted' }),
    chargeOf(hour.from, hour.to, 5e6, { jobId: BOB.id, nodeId: NODE.id, uncertain: true }),
    chargeOf(hour.from, hour.to, 2e6, { jobId: 'idle', nodeId: NODE.id }),
  ]);
  store.addWaste([{ jobId: BOB.id, cause: 'idle', at: hour.from, micros: 4e6 }], []);
  return ledgerOf(store);
}

test('each person has what their jobs and idle machines cost now, have cost, and wasted', async () => {
  const { place, team } = stage(spent);
  using _ = place;
  const { owners, total, of, from } = await team.over('month');
  expect({ of, from }).toEqual({ of: 'ledger', from: startOfLocalMonth(NOON) });
  expect(owners).toEqual([
    {
      key: 'ada',
      name: 'ada',
      rate: figure(10e6, { provenance: 'quoted' }),
      spent: figure(30e6, { provenance: 'quoted' }),
      wastedMicros: 0,
    },
    {
      key: 'bob',
      name: 'bob',
      rate: figure(5e6, { unpriced: 1 }),
      spent: figure(7e6, { uncertain: true }),
      wastedMicros: 4e6,
    },
  ]);
  expect(total).toEqual({
    rate: figure(15e6, { unpriced: 1 }),
    spent: figure(37e6, { uncertain: true }),
    wastedMicros: 4e6,
  });
});

test('each project too, and over 30 days what the month has forgotten', async () => {
  const { place, team } = stage(spent);
  using _ = place;
  const { projects, from } = await team.over('30d');
  expect(from).toBe(startOfLocalDay(NOON - 30 * DAY));
  expect(projects.map(({ name, spent, rate }) => [name, spent.micros, rate.micros])).toEqual([
    ['vision', 37e6, 10e6],
    ['no project', 5e6, 4e6],
    ['idle', 2e6, 1e6],
  ]);
});

test('many who look at once have the ledger read once a minute, and no part of it twice', async () => {
  const asked: Interval[] = [];
  const { place, team } = stage(() => ({
    of: 'store',
    pieceMs: 7 * DAY,
    costs: async (interval) => {
      asked.push(interval);
      return { costs: [], jobs: {}, nodes: {} };
    },
  }));
  using _ = place;
  const [{ from, to }] = await Promise.all([team.over('30d'), team.over('30d')]);
  expect(asked[0]?.from).toBe(from);
  expect(asked.at(-1)?.to).toBe(to);
  for (const [index, { from: start }] of asked.entries()) {
    if (index > 0) expect(start).toBe(asked[index - 1]?.to);
  }
  const before = asked.length;
  place.now += MINUTE / 2;
  await team.over('30d');
  expect(asked.length).toBe(before);
  place.now += MINUTE;
  await team.over('30d');
  expect(asked.length).toBe(2 * before);
});

test('a store that cannot be read is said, and asked again by the next who looks', async () => {
  let up = false;
  const { place, team } = stage((there) => {
    if (!up) throw new Error('The team’s store does not answer. Look whether it runs.');
    return spent(there);
  });
  using _ = place;
  await expect(team.over('month')).rejects.toThrow('does not answer');
  up = true;
  expect((await team.over('month')).total.spent.micros).toBe(37e6);
});

test('of a crowd those who cost the least are one, and nothing of their cost is lost', () => {
  const rows = Array.from({ length: 40 }, (_, index) => ({
    key: `p${index}`,
    name: `p${index}`,
    rate: figure(1),
    spent: figure(40 - index),
    wastedMicros: 1,
  }));
  const shown = capped(rows);
  expect(shown.length).toBe(31);
  expect(shown.at(-1)).toMatchObject({ name: '10 others', rate: { micros: 10 }, wastedMicros: 10 });
  expect(shown.reduce((sum, { spent }) => sum + spent.micros, 0)).toBe(820);
  expect(capped(rows.slice(0, 31))).toEqual(rows.slice(0, 31));
});
