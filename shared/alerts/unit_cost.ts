import type { AlertSettings } from '../config/alerts.ts';
import { BLOCK_MS, type CounterCourse, costPerUnit, minutesIn } from '../economics/course.ts';
import type { Micros } from '../model/money.ts';
import type { JobView } from '../model/snapshot.ts';
import { formatDuration, type Instant, MINUTE } from '../model/time.ts';
import { formatUnitCost, UNITS } from '../model/unit.ts';
import { median } from './course.ts';
import type { Finding, Rule, Scene } from './rule.ts';
import { hourly, isWatched, rateEvidence } from './subject.ts';

/** Half an hour of counting is the least that a present can be held against. */
const LEAST_BLOCKS = 6;
/** The newest part of the past is left out: the trouble may already be in it. */
const LEAD_MS = 10 * MINUTE;
/** What the dearest of 20 blocks cost is usual, too: evaluations, and nights with few requests. */
const USUAL_SHARE = 0.95;
const ABOVE_USUAL = 1.5;
/** Who counts is heard of at least so often; else nothing is known of the present. */
const HEARD_MS = 3 * MINUTE;
const HOLD_MS = 2 * MINUTE;

/**
 * `unit-cost`: a step, token or sample costs a multiple of what it cost this very job before: the
 * job got slower, or dearer without getting faster. Work that has stopped altogether is a matter of
 * `stalled` and `idle`.
 */
export function unitCostRule({ factor }: AlertSettings['unitCost']): Rule {
  return {
    id: 'unit-cost',
    evaluate: (scene) =>
      scene.jobs.filter(isWatched).flatMap((job) => {
        const findings = (scene.counters?.(job.id) ?? []).flatMap(
          (course) => findingOf(job, course, scene, factor) ?? [],
        );
        return findings.toSorted((a, b) => b.microsPerHour - a.microsPerHour).slice(0, 1);
      }),
  };
}

function findingOf(
  job: JobView,
  course: CounterCourse,
  { now }: Scene,
  factor: number,
): Finding | undefined {
  if (now - course.heardAt > HEARD_MS) return undefined;
  const { counter } = course;
  const end = Math.floor(now / MINUTE) * MINUTE;
  const present = costPerUnit(counter, minutesIn(course, { from: end - BLOCK_MS, to: end }));
  const past = blocksBefore(course, end - LEAD_MS);
  const usual = median(past);
  if (present === undefined || usual === undefined || past.length < LEAST_BLOCKS) return undefined;
  const sorted = past.toSorted((a, b) => a - b);
  const dearest = sorted[Math.floor((sorted.length - 1) * USUAL_SHARE)] ?? usual;
  if (present < usual * factor || present < dearest * ABOVE_USUAL) return undefined;
  const said = (micros: Micros) => formatUnitCost({ counter, micros });
  return {
    subject: job.id,
    subjectKind: 'job',
    severity: 'warning',
    title: `${job.name} costs ${said(present)}, ${(present / usual).toFixed(1)} times as much as before`,
    detail: `It does less for the same money: at ${hourly(job)} it cost ${said(usual)} before.`,
    evidence: [
      { label: `${UNITS[counter].name}, last ${formatDuration(BLOCK_MS)}`, value: said(present) },
      { label: `median of ${formatDuration(past.length * BLOCK_MS)} before`, value: said(usual) },
      rateEvidence(job),
    ],
    microsPerHour: Math.max(0, Math.round(job.rate.micros * (1 - usual / present))),
    since: now,
    holdMs: HOLD_MS,
  };
}

/** What a unit cost in each block in which something was counted. */
function blocksBefore(course: CounterCourse, end: Instant): Micros[] {
  const before = minutesIn(course, { from: 0, to: end });
  const blocks = Map.groupBy(before, ({ at }) => Math.floor(at / BLOCK_MS));
  return [...blocks.values()].flatMap((minutes) => costPerUnit(course.counter, minutes) ?? []);
}
