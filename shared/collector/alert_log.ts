import { budgetViews } from '../alerts/budget_views.ts';
import { type Ceiling, ceilingOf } from '../alerts/ceiling.ts';
import { AlertBook, rulesFrom, wantsNotification } from '../alerts/index.ts';
import type { Scene } from '../alerts/rule.ts';
import type { Config } from '../config/config.ts';
import type { Alert } from '../model/alert.ts';
import type { BudgetView } from '../model/budget_view.ts';
import type { JobBudget } from '../model/job_budget.ts';
import { DAY, type Instant } from '../model/time.ts';
import { isQuiet } from '../notifications/quiet.ts';
import type { Store } from '../store/store.ts';

/** The alerts of the last day, open and resolved, and what people and faces did about them. */
export class AlertLog {
  readonly #store: Pick<Store, 'saveAlerts' | 'alerts'>;
  readonly #alerts = new Map<string, Alert>();
  readonly #launches: () => readonly JobBudget[];
  #book: AlertBook;
  #quietHours: string | undefined;
  #ceilings: readonly Ceiling[];
  #budgets: BudgetView[] = [];

  constructor(
    store: Pick<Store, 'saveAlerts' | 'alerts'>,
    config: Pick<Config, 'alerts' | 'budgets'>,
    launches: () => readonly JobBudget[] = () => [],
  ) {
    this.#store = store;
    this.#launches = launches;
    this.#book = new AlertBook(rulesFrom(config, launches));
    this.#quietHours = config.alerts.quietHours;
    this.#ceilings = config.budgets.map(ceilingOf);
  }

  /** Takes up the alerts of an earlier run. */
  restore(now: Instant): void {
    for (const alert of this.#store.alerts(now - DAY)) this.#alerts.set(alert.id, alert);
  }

  /** Other rules are in force from now on; open alerts stay until these say otherwise. */
  configure(config: Pick<Config, 'alerts' | 'budgets'>): void {
    this.#book = new AlertBook(rulesFrom(config, this.#launches));
    this.#quietHours = config.alerts.quietHours;
    this.#ceilings = config.budgets.map(ceilingOf);
  }

  all(): Alert[] {
    return [...this.#alerts.values()];
  }

  /** Whether there is trouble with a job that will be said if it lasts. */
  hasSuspect(): boolean {
    return this.#alerts
      .values()
      .some(({ state, subjectKind }) => state === 'pending' && subjectKind === 'job');
  }

  /** The budgets of a day or a month, as of the last look. */
  budgets(): readonly BudgetView[] {
    return this.#budgets;
  }

  /** Looks at the scene. Pending alerts are not kept: what is never said leaves no trace. */
  step(scene: Scene): void {
    this.#budgets = budgetViews(this.#ceilings, scene);
    const open = this.all().filter((alert) => alert.state !== 'resolved');
    const after = this.#book.step(scene, open);
    const present = new Set(after.map((alert) => alert.id));
    for (const alert of open) if (!present.has(alert.id)) this.#alerts.delete(alert.id);
    const worthKeeping = after.filter((alert) => {
      const before = this.#alerts.get(alert.id);
      this.#alerts.set(alert.id, alert);
      return alert.state !== 'pending' && JSON.stringify(before) !== JSON.stringify(alert);
    });
    if (worthKeeping.length > 0) this.#store.saveAlerts(worthKeeping);
    for (const [id, alert] of this.#alerts) {
      if ((alert.resolvedAt ?? scene.now) < scene.now - DAY) this.#alerts.delete(id);
    }
  }

  /**
   * Grants each to the first who asks: it alone shows the notification. None of those that nobody
   * should show any more, and in quiet hours of those alone that are critical: the others are
   * granted after them, where the trouble still holds.
   */
  claim(ids: readonly string[], by: string, now: Instant): string[] {
    const quiet = isQuiet(this.#quietHours, now);
    const claimed = ids.flatMap((id) => {
      const alert = this.#alerts.get(id);
      if (!alert || !wantsNotification(alert, now)) return [];
      return quiet && alert.severity !== 'critical' ? [] : [{ ...alert, claimedBy: by }];
    });
    this.#change(...claimed);
    return claimed.map(({ id }) => id);
  }

  /** Notes, on the disk, what a channel was told of these. */
  told(ids: readonly string[], channel: string, event: 'firing' | 'resolved'): void {
    const changed = ids.flatMap((id) => {
      const alert = this.#alerts.get(id);
      return alert ? [{ ...alert, delivered: { ...alert.delivered, [channel]: event } }] : [];
    });
    this.#change(...changed);
  }

  /** Silent until then, and said again after it where the trouble still holds. */
  snooze(id: string, until: Instant): void {
    const { claimedBy: _, ...alert } = this.#open(id);
    this.#change({ ...alert, snoozedUntil: until });
  }

  acknowledge(id: string): void {
    this.#change({ ...this.#open(id), acknowledged: true });
  }

  /** What a job's open alerts have wasted till now. */
  wastedBy(jobId: string): number {
    const own = this.all().filter((one) => one.subject === jobId && one.state === 'firing');
    return Math.max(0, ...own.map((alert) => alert.microsWasted));
  }

  #open(id: string): Alert {
    const alert = this.#alerts.get(id);
    if (!alert) throw new Error('This alert is no longer there.');
    return alert;
  }

  #change(...alerts: Alert[]): void {
    for (const alert of alerts) this.#alerts.set(alert.id, alert);
    if (alerts.length > 0) this.#store.saveAlerts(alerts);
  }
}
