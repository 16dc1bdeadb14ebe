import { rulesFrom } from '@burnrate/shared/alerts/index.ts';
import type { Scene } from '@burnrate/shared/alerts/rule.ts';
import { Config } from '@burnrate/shared/config/config.ts';
import type { AccountView, JobView, NodeView } from '@burnrate/shared/model/snapshot.ts';
import type { Stop } from '@burnrate/shared/model/stop.ts';
import { HOUR, MINUTE } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';
import { jobView, sceneAt } from './scene.ts';

const figure = (dollars: number) => ({
  micros: dollars * 1e6,
  provenance: 'list' as const,
  uncertain: false,
  unpriced: 0,
});

function nodeView(changes: Partial<NodeView> = {}): NodeView {
  return {
    id: 'aws:default:i-1',
    source: 'aws',
    account: 'aws:default',
    name: 'trainer',
    aliases: ['i-1'],
    gpus: { count: 8, model: 'A100' },
    state: 'running',
    billing: { incrementMs: 1000, minimumMs: 60_000 },
    mine: true,
    priceKey: { provider: 'aws', instanceType: 'p4d', region: 'r', market: 'spot' },
    price: { microsPerHour: 32e6, provenance: 'list', basis: 'test', asOf: 0 },
    labels: {},
    idle: figure(0),
    alsoKnownAs: [],
    ...changes,
  };
}

/** The rules of one id over one look after the other, as the collector runs them. */
function watch(id: string, alerts: object = {}) {
  const rules = rulesFrom(Config.parse({ alerts })).filter((one) => one.id === id);
  if (rules.length === 0) throw new Error(`there is no rule ${id}`);
  return (now: number, jobs: JobView[], scene: Partial<Scene> = {}) =>
    rules.flatMap((rule) => rule.evaluate({ ...sceneAt(now, jobs, []), ...scene }));
}

test('a paid machine without any job is an orphan, from when it was first seen so', () => {
  const look = watch('orphan');
  const nodes = [nodeView({ idle: figure(32) })];
  expect(look(0, [], { nodes })[0]).toMatchObject({ since: 0, holdMs: 10 * MINUTE });
  const [finding] = look(MINUTE, [], { nodes });
  expect(finding).toMatchObject({
    subject: 'aws:default:i-1',
    title: 'trainer runs without a job and costs $32.00/h',
    microsPerHour: 32e6,
    since: 0,
  });
  for (const other of [
    { idle: figure(16) },
    { mine: false },
    { state: 'stopped' as const },
    { price: undefined },
  ]) {
    const node = { ...nodeView({ idle: figure(32) }), ...other } as NodeView;
    expect(look(2 * MINUTE, [], { nodes: [node] })).toEqual([]);
  }
  expect(look(3 * MINUTE, [], { nodes })[0]?.since).toBe(3 * MINUTE);
});

const account = (changes: Partial<AccountView> = {}): AccountView => ({
  id: 'slurm:lab',
  source: 'slurm',
  name: 'lab',
  title: 'Slurm: lab',
  foundIn: 'squeue',
  options: {},
  state: 'stale',
  capabilities: ['nodes', 'jobs', 'stop'],
  lastSuccessAt: 0,
  spentToday: 0,
  ...changes,
});

test('an account that is silent while my jobs run there is said, with what to do', () => {
  const look = watch('stale-source');
  const failure = {
    kind: 'unreachable' as const,
    account: 'slurm:lab',
    message: 'slurmctld does not answer',
    remedy: 'Try scontrol ping.',
    at: 0,
  };
  const [finding] = look(6 * MINUTE, [jobView()], { accounts: [account({ failure })] });
  expect(finding).toMatchObject({
    title: 'Nothing is heard of Slurm: lab: jobs of $32.77/h run on unseen',
    detail: 'slurmctld does not answer. Try scontrol ping.',
    since: 0,
    holdMs: 5 * MINUTE,
  });
  const silent = (jobs: JobView[], changes: Partial<AccountView>, now = 6 * MINUTE) =>
    look(now, jobs, { accounts: [account(changes)] });
  expect(silent([jobView({ state: 'ended' })], {})).toEqual([]);
  expect(silent([jobView()], { state: 'ok' })).toEqual([]);
  // One of many regions fails; others answer.
  expect(silent([jobView()], { lastSuccessAt: 5.5 * MINUTE })).toEqual([]);
  expect(silent([jobView({ account: 'aws:default' })], {})).toEqual([]);
  const exporter = { id: 'dcgm:node1', title: 'DCGM: node1', capabilities: ['telemetry' as const] };
  expect(silent([jobView()], exporter)[0]?.title).toMatch(
    /idle jobs among \$32.77\/h go unnoticed/,
  );
});

test('spending far above the dearest hour of the last week is said', () => {
  const look = watch('cost-rate');
  const week = [0, 0, 40, 55, 60, 60, 60, 60].map((dollars) => dollars * 1e6);
  const at = (dollars: number, hours = week) =>
    look(HOUR, [jobView({ rate: figure(dollars) })], { hourlySpending: () => hours });
  expect(at(110)).toEqual([]);
  expect(at(130)[0]?.title).toBe('You spend $130.00/h, 2.2 times the most of the last week');
  expect(at(130, week.slice(4))).toEqual([]);
  expect(
    at(
      1.3,
      week.map((micros) => micros / 100),
    ),
  ).toEqual([]);
});

test('a job that grows by a multiple is said, until that is how it is', () => {
  const look = watch('cost-rate');
  const at = (minute: number, gpus: number) =>
    look(HOUR + minute * MINUTE, [jobView({ gpus, rate: figure(gpus * 4) })]);
  expect(at(0, 8)).toEqual([]);
  expect(at(10, 12)).toEqual([]);
  expect(at(20, 24)[0]).toMatchObject({
    title: 'train-7b grew from 8 to 24 GPUs and costs $96.00/h',
    since: HOUR + 20 * MINUTE,
  });
  expect(at(25, 24)[0]?.since).toBe(HOUR + 20 * MINUTE);
  expect(at(51, 24)).toEqual([]);
});

test('a job that gathers its machines at its start does not grow', () => {
  const look = watch('cost-rate');
  const at = (minute: number, gpus: number) =>
    look(minute * MINUTE, [jobView({ gpus, rate: figure(gpus * 4), startedAt: 0 })]);
  expect([at(0, 8), at(1, 32), at(5, 64)].flat()).toEqual([]);
});

const onNode = jobView({ shares: [{ node: 'i-1' }] });
const ended = (endReason?: string) =>
  nodeView({ state: 'ended', labels: endReason ? { endReason } : {} });

test('a spot machine that is taken from a running job is said for a while', () => {
  const look = watch('preemption');
  expect(look(0, [onNode], { nodes: [nodeView()] })).toEqual([]);
  const nodes = [ended('Server.SpotInstanceTermination')];
  const gone = jobView({ state: 'ended', shares: [{ node: 'i-1' }] });
  expect(look(MINUTE, [gone], { nodes })[0]).toMatchObject({
    title: 'train-7b lost its spot machine trainer',
    since: MINUTE,
  });
  expect(look(5 * MINUTE, [gone], { nodes })).toHaveLength(1);
  expect(look(12 * MINUTE, [gone], { nodes })).toEqual([]);
});

test('a machine that ends with its job, or is stopped from here, was not taken', () => {
  const looks = (after: JobView, scene: Partial<Scene>) => {
    const look = watch('preemption');
    look(0, [onNode], { nodes: [nodeView()] });
    return look(MINUTE, [after], scene);
  };
  const done = { ...onNode, state: 'ended' as const };
  expect(looks(done, { nodes: [ended()] })).toEqual([]);
  expect(looks(onNode, { nodes: [ended()] })).toHaveLength(1);
  const stops = [{ jobId: onNode.id } as Stop];
  expect(looks(onNode, { nodes: [ended()], stops })).toEqual([]);
});

test('a scheduler that preempts a job is believed', () => {
  const look = watch('preemption');
  look(0, [jobView()]);
  const [finding] = look(MINUTE, [
    jobView({ state: 'pending', labels: { slurmState: 'preempted' } }),
  ]);
  expect(finding?.title).toBe('train-7b was preempted');
});
