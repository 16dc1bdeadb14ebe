import { DAY, HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { Audit } from '@burnrate/shared/store/audit.ts';
import { Connection } from '@burnrate/shared/store/connection.ts';
import { expect, test } from 'vitest';
import { jobOf, nodeOf, rateOf } from '../metering/given.ts';
import { NOON, Place } from './place.ts';

test('nodes and jobs come back as last seen, ended ones for as long as is asked', () => {
  using place = new Place();
  const { store } = place.open();
  const node = nodeOf({ labels: { team: 'vision' }, rate: rateOf(5).rate });
  const job = jobOf();
  store.saveNodes([node], NOON);
  store.saveJobs([job], NOON);
  store.saveNodes([{ ...node, state: 'stopping' }], NOON + MINUTE);
  expect(store.nodes(NOON + DAY)).toEqual([
    { node: { ...node, state: 'stopping' }, seenAt: NOON + MINUTE },
  ]);
  expect(store.jobs(NOON + DAY)).toEqual([{ job, seenAt: NOON }]);
  store.saveJobs([{ ...job, state: 'ended', endedAt: NOON + HOUR }], NOON + 2 * HOUR);
  expect(store.jobs(NOON + HOUR)).toHaveLength(1);
  expect(store.jobs(NOON + HOUR + 1)).toEqual([]);
  expect(store.jobName(job.id)).toBe('train');
  expect(store.jobName('slurm:lab:2')).toBeUndefined();
  // A job that its scheduler starts again is not ended any more.
  store.saveJobs([job], NOON + 3 * HOUR);
  expect(store.jobs(NOON + DAY)).toHaveLength(1);
});

test('an end that nobody tells is the first moment at which it was known', () => {
  using place = new Place();
  const { store } = place.open();
  const gone = nodeOf({ state: 'ended' });
  store.saveNodes([gone], NOON);
  store.saveNodes([gone], NOON + 5 * HOUR);
  expect(store.nodes(NOON)).toHaveLength(1);
  expect(store.nodes(NOON + 1)).toEqual([]);
});

test('the evidence of when a node ran is kept with it, and only with it', () => {
  using place = new Place();
  const { store } = place.open();
  const uptime = [
    { launchedAt: NOON, from: NOON, to: NOON + HOUR, gaps: [], end: 'reported' as const },
  ];
  const { id } = nodeOf();
  expect(store.uptime(id)).toBeUndefined();
  expect(() => store.saveUptime(id, uptime)).toThrow(/has not been saved/);
  store.saveNodes([nodeOf()], NOON);
  store.saveUptime(id, uptime);
  store.saveNodes([nodeOf({ name: 'renamed' })], NOON + HOUR);
  expect(store.uptime(id)).toEqual(uptime);
});

test('rates: the one in force and those within; the first holds before it; equal ones add nothing', () => {
  using place = new Place();
  const { store } = place.open();
  const [one, same, two] = [rateOf(5, NOON), rateOf(5, NOON + MINUTE), rateOf(7, NOON + HOUR)];
  for (const change of [one, same, two]) store.saveRate(change);
  const { nodeId } = one;
  expect(store.rates(nodeId, { from: 0, to: NOON + DAY })).toEqual([one, two]);
  expect(store.rates(nodeId, { from: NOON + MINUTE, to: NOON + HOUR })).toEqual([one]);
  expect(store.rates(nodeId, { from: NOON + HOUR, to: NOON + DAY })).toEqual([two]);
  expect(store.rates(nodeId, { from: NOON - DAY, to: NOON - HOUR })).toEqual([one]);
  expect(store.rates('nobody', { from: 0, to: NOON })).toEqual([]);
});

test('a tick is kept whole or not at all, names and all', () => {
  using place = new Place();
  const { store } = place.open();
  const failing = () =>
    store.tick(() => {
      store.saveNodes([nodeOf()], NOON);
      store.addApiCost('aws:dev', NOON, 10_000);
      throw new Error('in the middle');
    });
  expect(failing).toThrow('in the middle');
  expect(store.nodes(0)).toEqual([]);
  expect(store.apiCost('aws:dev', { from: 0, to: NOON + DAY })).toBe(0);
  // A name that was taken back is given out anew, not remembered wrongly.
  store.saveJobs([jobOf()], NOON);
  store.saveNodes([nodeOf()], NOON);
  expect(store.nodes(0)[0]?.node.id).toBe(nodeOf().id);
  expect(store.jobs(0)[0]?.job.id).toBe(jobOf().id);
});

test('what calls cost is added up by account and minute', () => {
  using place = new Place();
  const { store } = place.open();
  store.addApiCost('aws:dev', NOON, 10_000);
  store.addApiCost('aws:dev', NOON + 1, 10_000);
  store.addApiCost('aws:dev', NOON + HOUR, 5);
  store.addApiCost('aws:prod', NOON, 7);
  expect(store.apiCost('aws:dev', { from: NOON, to: NOON + MINUTE })).toBe(20_000);
  expect(store.apiCost('aws:dev', { from: 0, to: NOON + DAY })).toBe(20_005);
});

const entry = { at: NOON, actor: 'ada', action: 'stop', subject: 'job', detail: 'kill 1' };

test('the audit log is on the disk before the deed, or the deed is refused', () => {
  using place = new Place();
  const { store } = place.open();
  store.audit(entry);
  expect(store.auditLog(0)).toEqual([entry]);
  expect(store.auditLog(NOON + 1)).toEqual([]);
  // Within a tick it would be lost with the tick.
  expect(() => store.tick(() => store.audit(entry))).toThrow(/cannot be a part of a tick/);
  expect(store.auditLog(0)).toHaveLength(1);
});

test('an entry of the audit log is forced to the disk, as nothing else is', () => {
  using place = new Place();
  place.open().store.close();
  const database = place.raw();
  database.pragma('synchronous = NORMAL');
  database.exec(`
    CREATE TEMP TABLE seen (synchronous INTEGER);
    CREATE TEMP TRIGGER look AFTER INSERT ON main.audit
    BEGIN INSERT INTO seen SELECT synchronous FROM pragma_synchronous; END`);
  new Audit(new Connection(database)).append(entry);
  const [NORMAL, FULL] = [1, 2];
  expect(database.prepare('SELECT synchronous FROM seen').pluck().all()).toEqual([FULL]);
  expect(database.pragma('synchronous', { simple: true })).toBe(NORMAL);
});
