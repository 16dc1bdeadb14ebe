import { expect, test } from 'vitest';
import { type Branch, loudAlerts, treeOf } from '../../../extension/job_tree.ts';
import { changedBranches } from '../../../extension/tree_changes.ts';
import { accountOf, alertOf, jobOf, snapshotOf, stopOf } from './snapshots.ts';

const tree = (changes: Parameters<typeof snapshotOf>[0] = {}, others = false) =>
  treeOf(snapshotOf(changes), { others, locale: 'en-US' });
const jobIn = (branches: Branch[], id = 'slurm:lab:42') =>
  branches.flatMap(({ children }) => children ?? []).find((branch) => branch.id === id);

test('a job stands below its account, with its line and what can be done with it', () => {
  const [account] = tree();
  expect(account).toMatchObject({ label: 'Slurm: lab', description: '1 job' });
  expect(jobIn(tree())).toMatchObject({
    label: 'train-70b',
    description: '$32.77/h (list) · 92% · 8 GPUs',
    context: 'job stoppable',
    nativeId: '42',
  });
});

test('its last readings are drawn before the latest, and are not read aloud', () => {
  const recentActivity = [1, 1, 0.8, 0.85, 0.8, null, 0.3, 0.18];
  const job = jobIn(tree({ jobs: [jobOf({ recentActivity, activity: 0.18 })] }));
  expect(job?.description).toBe('$32.77/h (list) · ▇▇▇ ▃▂ 18% · 8 GPUs');
  expect(job?.spoken).toBe('train-70b, $32.77/h (list) · 18% · 8 GPUs');
});

test('what its work costs a unit stands in its line, and in full in its tooltip', () => {
  const units = [
    { counter: 'steps' as const, total: 12_000, perHour: 900, micros: 36_000_000, advancedAt: 0 },
  ];
  const job = jobIn(tree({ jobs: [jobOf({ units })] }));
  expect(job?.description).toBe('$32.77/h (list) · $36.00 per 1k steps · 92% · 8 GPUs');
  expect(job?.tooltip).toContain(
    '| Its work | &#36;36&#46;00 per 1k steps · 12K steps · 900 an hour |',
  );
});

test('what is left behind stands below its account, with its cost and how to delete it', () => {
  const leftover = {
    id: 'slurm:lab:vol-1',
    source: 'slurm',
    account: 'slurm:lab',
    kind: 'disk' as const,
    name: 'old-checkpoints',
    region: 'us-east-1',
    mine: true,
    rate: { microsPerHour: 54_795, provenance: 'list' as const, basis: 'test', asOf: 0 },
    remove: 'delete vol-1',
    labels: {},
  };
  const { rate: _, ...unpriced } = { ...leftover, id: 'slurm:lab:vol-2', machine: 'trainer' };
  const branches = tree({ leftovers: [leftover, unpriced] });
  expect(jobIn(branches, 'slurm:lab:vol-1#leftover')).toMatchObject({
    label: 'old-checkpoints',
    description: '$40.00 a month (list) · left behind',
    context: 'leftover',
  });
  expect(jobIn(branches, 'slurm:lab:vol-1#leftover')?.tooltip).toContain('delete vol');
  expect(jobIn(branches, 'slurm:lab:vol-2#leftover')?.description).toBe(
    'price unknown · waits for trainer, stopped',
  );
});

test('what is only worth knowing does not look like trouble', () => {
  expect(jobIn(tree({ alerts: [alertOf({ severity: 'info' })] }))).toMatchObject({
    icon: 'play-circle',
    context: 'job stoppable alerting',
  });
});

test('an alert changes the icon, its colour and the menu, until it is put off', () => {
  expect(jobIn(tree({ alerts: [alertOf()] }))).toMatchObject({
    icon: 'flame',
    color: 'list.warningForeground',
    context: 'job stoppable alerting',
    alertId: alertOf().id,
  });
  const snoozed = tree({ alerts: [alertOf({ snoozedUntil: 2_000_000 })] });
  expect(jobIn(snoozed)).toMatchObject({ context: 'job stoppable', icon: 'play-circle' });
  // It is out of the way, and not out of sight.
  expect(jobIn(snoozed)?.tooltip).toMatch(/\$\(bell-slash\) .* · snoozed for /);
  expect(jobIn(tree({ alerts: [alertOf({ acknowledged: true })] }))?.tooltip).toMatch(
    /\$\(bell-slash\) .* · acknowledged/,
  );
});

test('of several alerts on a job the worst is shown, and put off first', () => {
  const alerts = [
    alertOf({ id: 'cheaper', severity: 'info' }),
    alertOf({ id: 'idle', severity: 'warning' }),
  ];
  expect(jobIn(tree({ alerts }))).toMatchObject({ alertId: 'idle', icon: 'flame' });
});

test('only alerts that fire and were not put off are counted', () => {
  const alerts = [
    alertOf({ id: 'loud' }),
    alertOf({ id: 'pending', state: 'pending' }),
    alertOf({ id: 'resolved', state: 'resolved' }),
    alertOf({ id: 'acknowledged', acknowledged: true }),
    alertOf({ id: 'snoozed', snoozedUntil: 2_000_000 }),
    alertOf({ id: 'awake', snoozedUntil: 999_999 }),
  ];
  expect(loudAlerts(snapshotOf({ alerts })).map(({ id }) => id)).toEqual(['loud', 'awake']);
});

test('a stop under way turns, and one that failed stays with its reason and remedy', () => {
  expect(jobIn(tree({ stops: [stopOf({ state: 'sent' })] }))).toMatchObject({
    icon: 'loading~spin',
    description: expect.stringContaining('stopping…'),
  });
  const failed = stopOf({ state: 'failed', error: 'denied', remedy: 'ask the admin' });
  expect(jobIn(tree({ stops: [failed] }))).toMatchObject({
    icon: 'error',
    description: expect.stringContaining('stop failed'),
    tooltip: expect.stringContaining('denied ask the admin'),
  });
});

test('jobs of others are shown only where that is wanted, after mine, with their owner', () => {
  const jobs = [
    jobOf({
      id: 'b',
      mine: false,
      owner: 'bob',
      stoppable: false,
      rate: { ...jobOf().rate, micros: 1e9 },
    }),
    jobOf({ id: 'a' }),
  ];
  expect(tree({ jobs })[0]?.children?.map(({ id }) => id)).toEqual(['a']);
  const all = tree({ jobs }, true);
  expect(all[0]?.children?.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(jobIn(all, 'b')).toMatchObject({
    context: 'job',
    description: expect.stringContaining('bob'),
  });
});

test('an account that failed says what happened and what to do', () => {
  const failure = {
    kind: 'denied',
    account: 'slurm:lab',
    message: 'squeue: access denied',
    remedy: 'Ask for access.',
    at: 1,
  } as const;
  const [account] = tree({ accounts: [accountOf({ state: 'failed', failure })], jobs: [] });
  expect(account).toMatchObject({ description: 'not reached', icon: 'error' });
  expect(account?.children?.[0]).toMatchObject({
    label: 'squeue: access denied',
    description: 'Ask for access.',
  });
});

test('what no job holds of a node of mine is shown as idle cost', () => {
  const node = {
    id: 'aws:me:i-1',
    source: 'aws',
    account: 'slurm:lab',
    name: 'gpu-1',
    aliases: [],
    gpus: { count: 8 },
    state: 'running',
    billing: { incrementMs: 1000, minimumMs: 60_000 },
    mine: true,
    labels: {},
    idle: { micros: 8_000_000, provenance: 'list', uncertain: false, unpriced: 0 },
    alsoKnownAs: [],
  } as const;
  const nodes = [{ ...node, aliases: [], alsoKnownAs: [] }];
  const [account] = tree({ nodes, jobs: [] });
  expect(account?.children).toMatchObject([{ label: 'gpu-1', description: '$8.00/h idle' }]);
});

test('an account that gets its first job is another branch, which is open', () => {
  expect(tree({ jobs: [] })[0]?.id).not.toBe(tree()[0]?.id);
  expect(tree({ jobs: [] })[0]).not.toHaveProperty('children');
});

test('nothing found makes no branch, and the welcome text is shown', () => {
  expect(tree({ accounts: [], jobs: [] })).toEqual([]);
});

test('only what reads differently is drawn again, and all of it where branches come or go', () => {
  const before = tree({ jobs: [jobOf(), jobOf({ id: 'other', nativeId: '43' })] });
  const busy = tree({ jobs: [jobOf({ activity: 0.5 }), jobOf({ id: 'other', nativeId: '43' })] });
  expect(changedBranches(before, before)).toEqual([]);
  expect(changedBranches(before, busy)).toEqual(['slurm:lab:42']);
  expect(changedBranches(before, tree())).toBeUndefined();
});
