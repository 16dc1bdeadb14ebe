import { savedToday, wastedToday } from '@burnrate/shared/collector/savings.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import { type Node, PER_SECOND } from '@burnrate/shared/model/node.ts';
import type { Stop } from '@burnrate/shared/model/stop.ts';
import { HOUR, startOfLocalDay } from '@burnrate/shared/model/time.ts';
import { expect, test } from 'vitest';

const noon = startOfLocalDay(Date.UTC(2026, 5, 15, 12)) + 12 * HOUR;
const stop: Stop = {
  id: 's',
  jobId: 'j',
  jobName: 'train',
  account: 'a',
  plan: { jobId: 'j', action: 'end', equivalent: 'kill', loses: [], keeps: [], reversible: false },
  state: 'confirmed',
  requestedAt: noon,
  requestedBy: 'ada',
  confirmedAt: noon,
  microsPerHour: 32_000_000,
  microsWasted: 0,
};
const node: Node = {
  id: 'n',
  source: 'aws',
  account: 'a',
  name: 'n',
  aliases: [],
  gpus: { count: 8 },
  state: 'ended',
  endedAt: noon + HOUR / 2,
  billing: PER_SECOND,
  mine: true,
  labels: {},
};
const job: Job = {
  id: 'j',
  source: 'aws',
  account: 'a',
  nativeId: 'j',
  name: 'train',
  mine: true,
  level: 'machine',
  state: 'ended',
  shares: [{ node: 'n' }],
  labels: {},
};

function saved(
  hours: number,
  changes: { stop?: object; node?: object; job?: object } = {},
): number {
  const world = {
    now: noon + hours * HOUR,
    jobs: new Map([['j', { ...job, ...changes.job }]]),
    nodes: new Map([['n', { ...node, ...changes.node }]]),
  };
  return savedToday([{ ...stop, ...changes.stop }], world, (name) => name) / 1_000_000;
}

test('a stop saves the rate from the end of the machine on', () => {
  expect(saved(2)).toBe(48);
  expect(saved(0.25)).toBe(0);
});

test('a machine of mine that runs on saves nothing; one of the cluster is free at once', () => {
  expect(saved(2, { node: { state: 'running', endedAt: undefined } })).toBe(0);
  expect(saved(2, { node: { state: 'running', mine: false } })).toBe(64);
});

test('it saves nothing beyond the time limit, before it is confirmed, or of another day', () => {
  expect(saved(5, { job: { limitAt: noon + HOUR } })).toBe(16);
  expect(saved(2, { stop: { state: 'sent' } })).toBe(0);
  expect(saved(2, { stop: { confirmedAt: noon - 24 * HOUR } })).toBe(0);
});

const alert: Alert = {
  id: 'idle:j:1',
  rule: 'idle',
  subject: 'j',
  subjectKind: 'job',
  state: 'firing',
  severity: 'warning',
  title: 't',
  detail: 'd',
  evidence: [],
  microsPerHour: 10_000_000,
  microsWasted: 0,
  since: noon,
  firedAt: noon + 25_000,
  acknowledged: false,
};

test('waste is counted from when the trouble began, within today, once per subject', () => {
  const now = noon + HOUR;
  const wasted = (alerts: Alert[]) => wastedToday(alerts, now) / 1_000_000;
  expect(wasted([alert])).toBe(10);
  expect(wasted([alert, { ...alert, id: 'other', rule: 'other', since: noon + HOUR / 2 }])).toBe(
    10,
  );
  expect(wasted([{ ...alert, since: noon - 48 * HOUR }])).toBe(130);
  expect(wasted([{ ...alert, state: 'resolved', resolvedAt: noon + HOUR / 2 }])).toBe(5);
  const { firedAt: _, ...pending } = alert;
  expect(wasted([{ ...pending, state: 'pending' }])).toBe(0);
});
