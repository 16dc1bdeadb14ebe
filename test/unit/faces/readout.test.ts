import { formatFigure, jobLine, readoutOf } from '@burnrate/shared/faces/readout.ts';
import { NOTHING } from '@burnrate/shared/model/rate.ts';
import type { JobView, Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { expect, test } from 'vitest';

const calm: Snapshot = {
  id: 1,
  at: 1_000_000,
  mode: 'live',
  speed: 1,
  collector: { pid: 1, version: '0.1.0', startedAt: 0 },
  rate: { micros: 32_770_000, provenance: 'list', uncertain: false, unpriced: 0 },
  today: { micros: 118_200_000, provenance: 'list', uncertain: false, unpriced: 0 },
  wastedToday: 0,
  savedToday: 0,
  jobs: [],
  nodes: [],
  accounts: [],
  alerts: [],
  stops: [],
  notices: [],
};

const idle: Snapshot['alerts'][number] = {
  id: 'idle:job:1',
  rule: 'idle',
  subject: 'job',
  subjectKind: 'job',
  state: 'firing',
  severity: 'warning',
  title: 'llama is idle',
  detail: '',
  evidence: [],
  microsPerHour: 1,
  microsWasted: 1,
  since: 1,
  acknowledged: false,
};

test('the line is the rate and the day, and nothing else while all is calm', () => {
  expect(readoutOf(calm)).toMatchObject({
    line: '$32.77/h · $118.20 today',
    state: 'calm',
    reasons: [],
    spoken: 'Burnrate: $32.77 per hour, $118.20 today',
  });
});

test('without a collector it says so, and shows no sum', () => {
  const readout = readoutOf(undefined);
  expect(readout.state).toBe('offline');
  expect(readout.line).not.toContain('$');
});

test('the demo is labelled', () => {
  expect(readoutOf({ ...calm, mode: 'demo' }).line).toMatch(/^DEMO/);
});

test('the worst of what is wrong decides the state, and all of it is said', () => {
  const alerted = { ...calm, alerts: [idle] };
  expect(readoutOf(alerted)).toMatchObject({ state: 'warning', reasons: ['llama is idle'] });
  expect(readoutOf({ ...calm, alerts: [{ ...idle, severity: 'critical' as const }] }).state).toBe(
    'critical',
  );
  const account = {
    id: 'slurm:a',
    source: 'slurm',
    name: 'a',
    foundIn: '',
    options: {},
    title: 'Slurm: a',
    state: 'stale' as const,
    capabilities: [],
    spentToday: 0,
  };
  expect(readoutOf({ ...alerted, accounts: [account] })).toMatchObject({
    state: 'warning',
    reasons: ['llama is idle', 'Slurm: a: no recent answer'],
  });
  expect(readoutOf({ ...calm, accounts: [account] }).state).toBe('stale');
});

test('an alert that was acknowledged or snoozed no longer colours the readout', () => {
  expect(readoutOf({ ...calm, alerts: [{ ...idle, acknowledged: true }] }).state).toBe('calm');
  const snoozed = { ...idle, snoozedUntil: calm.at + 1 };
  expect(readoutOf({ ...calm, alerts: [snoozed] }).state).toBe('calm');
  expect(readoutOf({ ...calm, at: calm.at + 1, alerts: [snoozed] }).state).toBe('warning');
});

test('a sum that lacks a price or fresh evidence carries its mark', () => {
  expect(formatFigure({ ...calm.rate, unpriced: 1 })).toBe('≥ $32.77');
  expect(formatFigure({ ...calm.rate, uncertain: true })).toBe('≈ $32.77');
});

test('a job says what it does, what it holds and what it costs, with the provenance', () => {
  const job: JobView = {
    id: 'j',
    source: 'slurm',
    account: 'slurm:a',
    nativeId: '1',
    name: 'llama',
    mine: true,
    level: 'scheduler',
    state: 'running',
    shares: [],
    labels: {},
    rate: calm.rate,
    today: NOTHING,
    total: calm.today,
    gpus: 8,
    activity: 0.183,
    recentActivity: [],
    stoppable: true,
  };
  expect(jobLine(job)).toBe('18% · 8 GPUs · $32.77/h (list)');
  const learned = { ...job.rate, provenance: 'calibrated' as const };
  const withMargin = { ...learned, spread: { family: 300_000, account: 400_000 } };
  expect(jobLine({ ...job, rate: withMargin })).toBe('18% · 8 GPUs · $32.77/h ±0.50 (calibrated)');
  // Of what is at list prices nobody knows how far off it is.
  expect(jobLine({ ...job, rate: { ...withMargin, provenance: 'list' } })).toBe(
    '18% · 8 GPUs · $32.77/h (list)',
  );
  expect(jobLine({ ...job, rate: { ...learned, spread: { family: 900 } } })).toBe(
    '18% · 8 GPUs · $32.77/h (calibrated)',
  );
  expect(jobLine({ ...job, rate: { ...NOTHING, unpriced: 1 } })).toBe(
    '18% · 8 GPUs · price unknown',
  );
  expect(jobLine({ ...job, state: 'pending', rate: NOTHING })).toBe('pending · 18% · 8 GPUs');
  expect(jobLine({ ...job, state: 'ended' })).toBe('ended · 8 GPUs · $118.20 (list)');
});
