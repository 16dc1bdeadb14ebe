import { WasteLedger } from '@burnrate/shared/economics/waste.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import { toMicros } from '@burnrate/shared/model/money.ts';
import type { JobView } from '@burnrate/shared/model/snapshot.ts';
import { HOUR, MINUTE, SECOND } from '@burnrate/shared/model/time.ts';
import { wasteSum } from '@burnrate/shared/model/waste.ts';
import { expect, test } from 'vitest';
import { jobView } from '../alerts/scene.ts';

const NOON = Date.UTC(2026, 10, 25, 12);
const job = jobView({
  startedAt: NOON,
  rate: { micros: toMicros(60), provenance: 'list', uncertain: false, unpriced: 0 },
});

function alert(rule: string, since: number, changes: Partial<Alert> = {}): Alert {
  return {
    id: `${rule}:${since}`,
    rule,
    subject: job.id,
    subjectKind: 'job',
    state: 'firing',
    severity: 'warning',
    title: '',
    detail: '',
    evidence: [],
    microsPerHour: toMicros(60),
    microsWasted: 0,
    since,
    firedAt: since + 30 * SECOND,
    acknowledged: false,
    ...changes,
  };
}

const working: JobView = { ...job, activity: 0.9, activityAt: NOON + 10 * SECOND };
const still: JobView = { ...job, activity: 0.02, activityAt: NOON + 10 * SECOND };

/** A look each minute. */
function watch(ledger: WasteLedger, from: number, to: number, view: JobView, alerts: Alert[] = []) {
  for (let minute = from; minute <= to; minute += 1)
    ledger.step(NOON + minute * MINUTE, [view], alerts);
  return ledger.of(job.id);
}

test('an alert counts from when its trouble began, and minute by minute while it fires', () => {
  const ledger = new WasteLedger();
  watch(ledger, 1, 20, working);
  const idle = alert('idle', NOON + 18 * MINUTE);
  expect(watch(ledger, 21, 30, still, [idle])).toEqual({
    idle: toMicros(12),
    stalled: 0,
    waiting: 0,
  });
  const over = { ...idle, state: 'resolved' as const, resolvedAt: NOON + 32 * MINUTE };
  expect(wasteSum(watch(ledger, 33, 60, working, [over]))).toBe(toMicros(14));
});

test('two alerts at the same time waste the money once', () => {
  const ledger = new WasteLedger();
  const both = [alert('idle', NOON + 5 * MINUTE), alert('stalled', NOON + 2 * MINUTE)];
  expect(wasteSum(watch(ledger, 10, 12, working, both))).toBe(toMicros(10));
});

test('a job that has not begun to work waits, if it was watched from its start', () => {
  const ledger = new WasteLedger();
  expect(watch(ledger, 1, 6, still).waiting).toBe(toMicros(6));
  expect(watch(ledger, 7, 60, working).waiting).toBe(toMicros(6));
  const later = { ...still, activityAt: NOON + 20 * MINUTE };
  expect(wasteSum(watch(new WasteLedger(), 20, 40, later))).toBe(0);
});

test('a pending alert, one of another kind, and a job that works waste nothing', () => {
  const { firedAt: _, ...unsaid } = alert('idle', NOON);
  const alerts = [{ ...unsaid, state: 'pending' as const }, alert('budget day 50%', NOON)];
  expect(wasteSum(watch(new WasteLedger(), 1, 30, working, alerts))).toBe(0);
});

test('a restart neither loses nor repeats a minute', () => {
  const idle = [alert('idle', NOON + 5 * MINUTE)];
  const first = new WasteLedger();
  watch(first, 1, 10, working, idle);
  const { parts, watches } = first.changes();
  const kept = parts.reduce((sum, { micros }) => sum + micros, 0);
  expect(kept).toBe(toMicros(5));
  const second = new WasteLedger();
  second.restore(structuredClone([...watches]), new Map([[job.id, first.of(job.id)]]));
  expect(wasteSum(watch(second, 10, 20, working, idle))).toBe(toMicros(15));
});

test('each part lies within one hour', () => {
  const ledger = new WasteLedger();
  ledger.step(NOON + 3 * HOUR, [working], [alert('idle', NOON + 30 * MINUTE)]);
  const { parts } = ledger.changes();
  expect(parts.map(({ micros }) => micros)).toEqual([30, 60, 60].map(toMicros));
});
