import type { Alert } from '../model/alert.ts';
import { accrued } from '../model/money.ts';
import type { Instant } from '../model/time.ts';
import type { Finding, Rule, Scene } from './rule.ts';

/** A firing alert whose trouble is gone this long is resolved; a shorter dip does not end it. */
const RESOLVE_AFTER_MS = 45_000;

/**
 * Carries alerts through pending -> firing -> resolved. One per rule and subject is open at a time;
 * a trouble that goes before it was ever said leaves no trace.
 */
export class AlertBook {
  readonly #rules: readonly Rule[];
  /** When each open alert's trouble was last found, by the alert's id. */
  readonly #lastFound = new Map<string, Instant>();

  constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /**
   * The alerts as they stand after this look at the scene: those still open, and those that were
   * resolved by it. `current` are the open ones before.
   */
  step(scene: Scene, current: readonly Alert[]): Alert[] {
    const open = new Map(
      current.filter((alert) => alert.state !== 'resolved').map((alert) => [keyOf(alert), alert]),
    );
    const after: Alert[] = [];
    for (const rule of this.#rules) {
      for (const finding of rule.evaluate(scene)) {
        const key = keyOf({ rule: rule.id, subject: finding.subject });
        const before = open.get(key);
        open.delete(key);
        const alert = advance(rule.id, finding, before, scene.now);
        this.#lastFound.set(alert.id, scene.now);
        after.push(alert);
      }
    }
    for (const alert of open.values()) {
      const next = this.#fade(alert, scene);
      if (next) after.push(next);
    }
    return after;
  }

  /** What becomes of an open alert whose trouble was not found this time. */
  #fade(alert: Alert, scene: Scene): Alert | undefined {
    if (alert.state === 'pending') {
      this.#lastFound.delete(alert.id);
      return undefined;
    }
    if (isUnheard(alert, scene)) return alert;
    const gone = !subjectRuns(alert, scene);
    const resolvedAt = gone ? endOf(alert, scene) : scene.now;
    const lastFound = this.#lastFound.get(alert.id) ?? alert.firedAt ?? alert.since;
    if (!gone && scene.now - lastFound < RESOLVE_AFTER_MS) return alert;
    this.#lastFound.delete(alert.id);
    const microsWasted = accrued(alert.microsPerHour, alert.since, resolvedAt);
    return { ...alert, state: 'resolved', resolvedAt, microsWasted };
  }
}

/** When its subject ended, as its source says; now where it does not. */
function endOf(alert: Alert, { jobs, now }: Scene): Instant {
  const endedAt = jobs.find(({ id }) => id === alert.subject)?.endedAt ?? now;
  return Math.min(now, Math.max(alert.since, endedAt));
}

function advance(rule: string, finding: Finding, before: Alert | undefined, now: Instant): Alert {
  const since = Math.min(before?.since ?? finding.since, finding.since);
  const fires = before?.state === 'firing' || now - since >= finding.holdMs;
  return {
    id: before?.id ?? `${rule}:${finding.subject}:${finding.since}`,
    rule,
    subject: finding.subject,
    subjectKind: finding.subjectKind,
    state: fires ? 'firing' : 'pending',
    severity: finding.severity,
    title: finding.title,
    detail: finding.detail,
    evidence: finding.evidence,
    microsPerHour: finding.microsPerHour,
    microsWasted: accrued(finding.microsPerHour, since, now),
    since,
    ...(fires && { firedAt: before?.firedAt ?? now }),
    ...(before?.snoozedUntil !== undefined && { snoozedUntil: before.snoozedUntil }),
    acknowledged: before?.acknowledged ?? false,
    ...(finding.stops && { stops: { ...finding.stops, at: Math.round(finding.stops.at) } }),
    ...(before?.claimedBy !== undefined && { claimedBy: before.claimedBy }),
    ...(before?.delivered && { delivered: before.delivered }),
  };
}

function subjectRuns(alert: Alert, scene: Scene): boolean {
  if (alert.subjectKind === 'job') {
    return scene.jobs.some((job) => job.id === alert.subject && job.state === 'running');
  }
  if (alert.subjectKind === 'node') return scene.nodes.some((node) => node.id === alert.subject);
  if (alert.subjectKind === 'leftover')
    return (scene.leftovers ?? []).some(({ id }) => id === alert.subject);
  return true;
}

/** Leftovers are asked for anew after a restart: until then nobody knows whether it is still there. */
function isUnheard({ subject, subjectKind }: Alert, scene: Scene): boolean {
  if (subjectKind !== 'leftover') return false;
  const account = scene.accounts.find(({ id }) => subject.startsWith(`${id}:`));
  return account !== undefined && scene.leftoversHeard?.has(account.id) === false;
}

function keyOf(alert: { rule: string; subject: string }): string {
  return `${alert.rule}\n${alert.subject}`;
}

/** True where a face should speak of it now: firing, not snoozed, not acknowledged, not yet shown. */
export function wantsNotification(alert: Alert, now: Instant): boolean {
  return (
    alert.state === 'firing' &&
    !alert.acknowledged &&
    alert.claimedBy === undefined &&
    (alert.snoozedUntil ?? 0) <= now
  );
}
