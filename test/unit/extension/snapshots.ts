import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { AccountView, JobView, Snapshot } from '@burnrate/shared/model/snapshot.ts';
import type { Stop, StopPlan } from '@burnrate/shared/model/stop.ts';

const figure = (micros: number) =>
  ({ micros, provenance: 'list', uncertain: false, unpriced: 0 }) as const;

/** A running job of mine at $32.77/h on eight GPUs, but for what is given. */
export function jobOf(changes: Partial<JobView> = {}): JobView {
  return {
    id: 'slurm:lab:42',
    source: 'slurm',
    account: 'slurm:lab',
    nativeId: '42',
    name: 'train-70b',
    owner: 'ada',
    mine: true,
    level: 'scheduler',
    state: 'running',
    shares: [],
    labels: {},
    rate: figure(32_770_000),
    today: figure(118_200_000),
    total: figure(140_000_000),
    gpus: 8,
    activity: 0.92,
    recentActivity: [],
    stoppable: true,
    ...changes,
  };
}

export function accountOf(changes: Partial<AccountView> = {}): AccountView {
  return {
    id: 'slurm:lab',
    source: 'slurm',
    name: 'lab',
    foundIn: '/etc/slurm/slurm.conf',
    options: {},
    title: 'Slurm: lab',
    state: 'ok',
    capabilities: ['nodes', 'jobs', 'stop'],
    spentToday: 0,
    ...changes,
  };
}

export function alertOf(changes: Partial<Alert> = {}): Alert {
  return {
    id: 'idle:slurm:lab:42:1',
    rule: 'idle',
    subject: 'slurm:lab:42',
    subjectKind: 'job',
    state: 'firing',
    severity: 'warning',
    title: 'train-70b is idle at 18% and costs $32.77/h',
    detail: 'Its 8 GPUs fell from 92% to 18%.',
    evidence: [],
    microsPerHour: 32_770_000,
    microsWasted: 0,
    since: 1,
    acknowledged: false,
    ...changes,
  };
}

export function planOf(changes: Partial<StopPlan> = {}): StopPlan {
  return {
    jobId: 'slurm:lab:42',
    action: 'Cancel job 42 (Slurm cluster lab)',
    equivalent: 'scancel 42',
    loses: ['whatever it has not saved'],
    keeps: ['files that the job has written'],
    reversible: false,
    ...changes,
  };
}

export function stopOf(changes: Partial<Stop> = {}): Stop {
  return {
    id: 'stop-1',
    jobId: 'slurm:lab:42',
    jobName: 'train-70b',
    account: 'slurm:lab',
    plan: planOf(),
    state: 'requested',
    requestedAt: 1,
    requestedBy: 'ada (vscode)',
    microsPerHour: 32_770_000,
    microsWasted: 0,
    ...changes,
  };
}

/** One account with one job, but for what is given. */
export function snapshotOf(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    id: 1,
    at: 1_000_000,
    mode: 'live',
    speed: 1,
    collector: { pid: 1, version: '0.1.0', startedAt: 0 },
    rate: figure(32_770_000),
    today: figure(118_200_000),
    wastedToday: 0,
    savedToday: 0,
    jobs: [jobOf()],
    nodes: [],
    accounts: [accountOf()],
    alerts: [],
    stops: [],
    notices: [],
    ...changes,
  };
}
