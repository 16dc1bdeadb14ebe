import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { Figure } from '@burnrate/shared/model/rate.ts';
import type { AccountView, JobView, NodeView, Snapshot } from '@burnrate/shared/model/snapshot.ts';
import type { Stop, StopPlan } from '@burnrate/shared/model/stop.ts';

/** Noon, so that no time zone changes the day. */
export const NOW = Date.UTC(2026, 10, 24, 12, 0, 0);
const MINUTE = 60_000;

export function dollars(amount: number, changes: Partial<Figure> = {}): Figure {
  return {
    micros: Math.round(amount * 1e6),
    provenance: 'list',
    uncertain: false,
    unpriced: 0,
    ...changes,
  };
}

export function job(name: string, changes: Partial<JobView> = {}): JobView {
  return {
    id: `aws:default:i-${name}`,
    source: 'aws',
    account: 'aws:default',
    nativeId: `i-${name}`,
    name,
    owner: 'sam',
    mine: true,
    level: 'machine',
    state: 'running',
    startedAt: NOW - 186 * MINUTE,
    shares: [],
    labels: {},
    rate: dollars(1.21),
    today: dollars(19.46),
    total: dollars(19.46),
    gpus: 1,
    activity: 0.78,
    activityAt: NOW - 5_000,
    recentActivity: [null, 0.8, 0.7, 0.75, 0.9, 0.78],
    stoppable: true,
    ...changes,
  };
}

const LIST = { provenance: 'list', basis: 'Price List API', asOf: NOW } as const;
const P4D = {
  provider: 'aws',
  instanceType: 'p4d.24xlarge',
  region: 'us-east-1',
  zone: 'us-east-1b',
  market: 'on-demand',
} as const;

export function node(name: string, changes: Partial<NodeView> = {}): NodeView {
  return {
    id: `aws:default:i-${name}`,
    source: 'aws',
    account: 'aws:default',
    name,
    aliases: [],
    gpus: { count: 8, model: 'NVIDIA A100' },
    state: 'running',
    billing: { incrementMs: 1000, minimumMs: MINUTE },
    mine: true,
    priceKey: P4D,
    labels: {},
    price: { ...LIST, microsPerHour: 32_772_600 },
    idle: dollars(0),
    alsoKnownAs: [],
    ...changes,
  };
}

export function account(title: string, changes: Partial<AccountView> = {}): AccountView {
  return {
    id: `aws:${title}`,
    source: 'aws',
    name: title,
    foundIn: '~/.aws/config',
    options: {},
    title,
    state: 'ok',
    capabilities: ['nodes', 'jobs', 'stop'],
    lastSuccessAt: NOW - 37_000,
    spentToday: 0,
    ...changes,
  };
}

export function alert(subject: string, changes: Partial<Alert> = {}): Alert {
  return {
    id: `idle:${subject}:1`,
    rule: 'idle',
    subject,
    subjectKind: 'job',
    state: 'firing',
    severity: 'warning',
    title: 'llama-finetune is idle at 19% and costs $32.77/h',
    detail: 'Its 8 GPUs fell from 87% to 19% while the price stayed the same.',
    evidence: [],
    microsPerHour: 32_772_600,
    microsWasted: 970_000,
    since: NOW - 2 * MINUTE,
    acknowledged: false,
    ...changes,
  };
}

export const plan: StopPlan = {
  jobId: 'aws:default:i-llama-finetune',
  action: 'Terminate instance i-0abc (AWS us-east-1)',
  equivalent: 'aws ec2 terminate-instances --region us-east-1 --instance-ids i-0abc',
  loses: ['all data on its instance store (8 TB of local disks)'],
  keeps: ['EBS volume vol-0abc, which goes on costing money'],
  reversible: false,
};

export function stop(jobName: string, changes: Partial<Stop> = {}): Stop {
  return {
    id: `stop-${jobName}`,
    jobId: `aws:default:i-${jobName}`,
    jobName,
    account: 'aws:default',
    plan,
    state: 'sent',
    requestedAt: NOW - 10_000,
    requestedBy: 'sam (cli)',
    microsPerHour: 32_772_600,
    microsWasted: 0,
    ...changes,
  };
}

export function snapshot(changes: Partial<Snapshot> = {}): Snapshot {
  return {
    id: 1,
    at: NOW,
    mode: 'live',
    speed: 1,
    collector: { pid: 1, version: '0.1.0', startedAt: NOW - 60 * MINUTE },
    rate: dollars(33.98),
    today: dollars(118.2),
    wastedToday: 970_000,
    savedToday: 0,
    jobs: [
      job('embeddings-api'),
      job('llama-finetune', {
        gpus: 8,
        rate: dollars(32.77),
        today: dollars(98.74),
        total: dollars(98.74),
        activity: 0.19,
        recentActivity: [0.9, 0.92, 0.88, 0.9, 0.3, 0.19, 0.19],
      }),
    ],
    nodes: [
      node('llama-finetune'),
      node('embeddings-api', {
        gpus: { count: 1, model: 'NVIDIA A10G' },
        price: { ...LIST, microsPerHour: 1_212_000 },
        priceKey: { ...P4D, instanceType: 'g5.2xlarge' },
      }),
    ],
    accounts: [account('Amazon Web Services: default', { id: 'aws:default' })],
    alerts: [alert('aws:default:i-llama-finetune')],
    stops: [],
    notices: [],
    ...changes,
  };
}
