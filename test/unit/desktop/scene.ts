import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { Figure } from '@burnrate/shared/model/rate.ts';
import type { JobView, Snapshot } from '@burnrate/shared/model/snapshot.ts';
import type { Stop, StopPlan } from '@burnrate/shared/model/stop.ts';

export function dollars(amount: number): Figure {
  return { micros: amount * 1_000_000, provenance: 'list', uncertain: false, unpriced: 0 };
}

export function aJob(changes: Partial<JobView> = {}): JobView {
  return {
    id: 'aws:me:i-1',
    source: 'aws',
    account: 'aws:me',
    nativeId: 'i-1',
    name: 'llama',
    mine: true,
    level: 'machine',
    state: 'running',
    shares: [],
    labels: {},
    rate: dollars(32),
    today: dollars(64),
    total: dollars(96),
    gpus: 8,
    activity: 0.92,
    recentActivity: [],
    stoppable: true,
    ...changes,
  };
}

export function anAlert(changes: Partial<Alert> = {}): Alert {
  return {
    id: 'idle:aws:me:i-1:1',
    rule: 'idle',
    subject: 'aws:me:i-1',
    subjectKind: 'job',
    state: 'firing',
    severity: 'warning',
    title: 'llama is idle',
    detail: 'Its GPUs have done nothing for 5 min.',
    evidence: [],
    microsPerHour: 1,
    microsWasted: 2_500_000,
    since: 1,
    acknowledged: false,
    ...changes,
  };
}

export const plan: StopPlan = {
  jobId: 'aws:me:i-1',
  action: 'Terminate instance i-1 (AWS us-east-1)',
  equivalent: 'aws ec2 terminate-instances --instance-ids i-1',
  loses: ['the disk vol-1'],
  keeps: ['the elastic address'],
  reversible: false,
};

export function aStop(changes: Partial<Stop> = {}): Stop {
  return {
    id: 'stop-1',
    jobId: 'aws:me:i-1',
    jobName: 'llama',
    account: 'aws:me',
    plan,
    state: 'failed',
    requestedAt: 1,
    requestedBy: 'tray',
    error: 'AWS refused',
    remedy: 'Ask for ec2:TerminateInstances.',
    microsPerHour: 1,
    microsWasted: 1,
    ...changes,
  };
}

export function aSnapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    id: 1,
    at: 1_000_000,
    mode: 'live',
    speed: 1,
    collector: { pid: 1, version: '0.1.0', startedAt: 0 },
    rate: dollars(32),
    today: dollars(118),
    wastedToday: 0,
    savedToday: 0,
    jobs: [aJob()],
    nodes: [],
    accounts: [],
    alerts: [],
    stops: [],
    notices: [],
    ...changes,
  };
}
