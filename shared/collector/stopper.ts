import { randomUUID } from 'node:crypto';
import { withDeadline } from '../model/deadline.ts';
import type { Job } from '../model/job.ts';
import type { Stop, StopPlan } from '../model/stop.ts';
import { DAY, formatDuration, type Instant, MINUTE, SECOND } from '../model/time.ts';
import { SourceError } from '../sources/source.ts';
import { cleanMessage } from './border.ts';
import type { Watched } from './poller.ts';
import { isUnderWay, StopLog, type StopLogOptions } from './stop_log.ts';
import type { Timetable } from './timetable.ts';

/** A provider may take this long to plan, or to accept, a stop. Real time. */
const PLAN_DEADLINE_MS = 20_000;
const SEND_DEADLINE_MS = 30_000;
/** A plan that a person has just read is not made again; an older one is. */
const PLAN_HOLDS_MS = 2 * MINUTE;
/** How often a job that is being stopped is looked at, and how long its end may take. */
const LOOK_EVERY_MS = 5 * SECOND;
const END_TAKES_MS = 10 * MINUTE;
/** How long stops are remembered here: what they saved is told for the rest of the day. */
const REMEMBER_MS = DAY;

/** What a stop costs and wastes, noted when it is asked for. */
export interface Stake {
  microsPerHour: number;
  microsWasted: number;
}

export interface StopperOptions extends StopLogOptions {
  timetable: Timetable;
  user: string;
  find: (jobId: string) => { job: Job; seenAt: Instant; watched: Watched | undefined } | undefined;
  stakeOf: (jobId: string) => Stake;
  /** Looks at the account again now. */
  look: (account: string) => void;
}

/**
 * The one dangerous verb. A stop is planned, agreed to, written to the audit log, sent once, and
 * followed until the source shows the end of the job; a failure stays until it is dismissed.
 */
export class Stopper {
  readonly #options: StopperOptions;
  readonly #stops: StopLog;
  readonly #plans = new Map<string, { plan: StopPlan; at: Instant }>();
  /** Stops that are being sent, by job: a second click gets the same answer. */
  readonly #sending = new Map<string, Promise<Stop>>();
  /** Failed, yet the provider may have accepted: an end that follows soon confirms them. */
  readonly #maybeAccepted = new Set<string>();
  #cancelLook: (() => void) | undefined;

  constructor(options: StopperOptions) {
    this.#options = options;
    this.#stops = new StopLog(options);
  }

  /** Those that a face shows: under way, failed and not dismissed, and the day's confirmed. */
  visible(): Stop[] {
    return this.#stops.all().filter((stop) => stop.dismissedAt === undefined);
  }

  get underWay(): boolean {
    return this.#stops.underWay().length > 0;
  }

  /**
   * Takes up the stops of an earlier run. They are followed, never sent again: one that was asked
   * for may or may not have reached the provider, and only the job itself tells.
   */
  resume(): void {
    this.#stops.restore(this.#options.clock.now() - REMEMBER_MS);
    this.#lookSoon();
  }

  /** Why this job cannot be stopped, for people; undefined where it can. */
  refusal(jobId: string): string | undefined {
    const found = this.#options.find(jobId);
    if (!found) return 'This job is no longer there.';
    const { job, watched } = found;
    if (!job.mine) return `This job belongs to ${job.owner ?? 'somebody else'}.`;
    if (job.state === 'ended') return 'This job has already ended.';
    if (!watched)
      return `Its account ${job.account} is not found. Where Burnrate has only just started, try again in a moment.`;
    if (!watched.connection.stop || !watched.connection.planStop) {
      return `Burnrate cannot stop jobs of ${watched.source.title}.`;
    }
    return undefined;
  }

  /** What a stop would do. Rejects with why not. */
  async plan(jobId: string): Promise<StopPlan> {
    const { job, watched } = this.#stoppable(jobId);
    const plan = await withDeadline(
      PLAN_DEADLINE_MS,
      () => noAnswer(job, PLAN_DEADLINE_MS),
      (signal) => watched.planStop(job, signal),
    );
    this.#plans.set(jobId, { plan, at: this.#options.clock.now() });
    return plan;
  }

  /**
   * Stops a job as the person has agreed to (`action` is the plan's). Answers once the provider
   * has accepted or refused it. A second click answers with the stop already under way.
   */
  stop(jobId: string, action: string, by: string): Promise<Stop> {
    const sending = this.#sending.get(jobId);
    if (sending) return sending;
    const before = this.#stops.lastOf(jobId);
    if (before && (isUnderWay(before) || this.#hasEnded(before))) return Promise.resolve(before);
    const sent = this.#stopOnce(jobId, action, by).finally(() => this.#sending.delete(jobId));
    this.#sending.set(jobId, sent);
    return sent;
  }

  /** Takes a failed stop off the screen; one under way stays. */
  dismiss(id: string): void {
    const stop = this.#stops.get(id);
    if (!stop || isUnderWay(stop)) return;
    this.#maybeAccepted.delete(id);
    this.#stops.update({ ...stop, dismissedAt: this.#options.clock.now() });
  }

  /** Looks at the world again: confirms what has ended, gives up on what takes too long. */
  review(): void {
    const now = this.#options.clock.now();
    for (const stop of this.#stops.all()) {
      if (!isUnderWay(stop) && !this.#maybeAccepted.has(stop.id)) continue;
      const found = this.#options.find(stop.jobId);
      const ended = found?.job.state === 'ended' && found.seenAt >= stop.requestedAt;
      if (ended) this.#confirm(stop, found.job.endedAt ?? found.seenAt);
      else if (isUnderWay(stop) && !this.#sending.has(stop.jobId)) this.#expire(stop, now);
    }
    this.#stops.forget(now - REMEMBER_MS);
    this.#lookSoon();
  }

  /** A machine that was stopped may have been started again since: then it can be stopped again. */
  #hasEnded(stop: Stop): boolean {
    const job = this.#options.find(stop.jobId)?.job;
    return stop.state === 'confirmed' && (job === undefined || job.state === 'ended');
  }

  async #stopOnce(jobId: string, action: string, by: string): Promise<Stop> {
    const { clock, user, stakeOf, log } = this.#options;
    const { job, watched } = this.#stoppable(jobId);
    const known = this.#plans.get(jobId);
    const fresh = known && clock.now() - known.at < PLAN_HOLDS_MS;
    const plan = fresh ? known.plan : await this.plan(jobId);
    if (plan.action !== action) {
      this.#plans.delete(jobId);
      throw new Error(
        `What a stop would do has changed, nothing was done. It is now: ${plan.action}. Look at it and confirm again.`,
      );
    }
    const stop: Stop = {
      id: randomUUID(),
      jobId,
      jobName: job.name,
      account: job.account,
      plan,
      state: 'requested',
      requestedAt: clock.now(),
      requestedBy: `${user} (${by})`,
      ...stakeOf(jobId),
    };
    this.#supersedeFailed(jobId);
    this.#stops.begin(stop);
    log.info(`stop of ${jobId} sent: ${plan.action}`);
    try {
      await withDeadline(
        SEND_DEADLINE_MS,
        () => noAnswer(job, SEND_DEADLINE_MS),
        (signal) => watched.stop(job, plan, signal),
      );
    } catch (error) {
      return this.#endedMeanwhile(stop) ?? this.#fail(stop, error);
    }
    const confirmed = this.#endedMeanwhile(stop);
    if (confirmed) return confirmed;
    const sent: Stop = { ...stop, state: 'sent', sentAt: clock.now() };
    this.#stops.update(sent);
    this.#options.look(job.account);
    this.#lookSoon();
    return this.#stops.get(stop.id) ?? sent;
  }

  /** The stop, if the job was seen to end before its provider had answered. */
  #endedMeanwhile({ id }: Stop): Stop | undefined {
    const now = this.#stops.get(id);
    return now?.state === 'confirmed' ? now : undefined;
  }

  #stoppable(jobId: string) {
    const because = this.refusal(jobId);
    const found = this.#options.find(jobId);
    const connection = found?.watched?.connection;
    if (because !== undefined || !found || !connection?.stop || !connection.planStop) {
      throw new Error(because ?? 'This job cannot be stopped.');
    }
    const { stop, planStop } = connection;
    return {
      job: found.job,
      watched: { stop: stop.bind(connection), planStop: planStop.bind(connection) },
    };
  }

  #confirm(stop: Stop, endedAt: Instant): void {
    const { error: _, remedy: __, ...rest } = stop;
    const confirmedAt = Math.max(endedAt, stop.requestedAt);
    this.#maybeAccepted.delete(stop.id);
    this.#stops.update({ ...rest, state: 'confirmed', confirmedAt });
    this.#stops.note(stop, 'stop-confirmed', `ended at ${new Date(confirmedAt).toISOString()}`);
    this.#options.log.info(`stop of ${stop.jobId} confirmed`);
  }

  #expire(stop: Stop, now: Instant): void {
    if (now - (stop.sentAt ?? stop.requestedAt) < END_TAKES_MS) return;
    const took = formatDuration(END_TAKES_MS);
    const message =
      stop.state === 'sent'
        ? `accepted, but the job still runs after ${took}`
        : `the collector was restarted while it was sent, and the job still runs after ${took}`;
    this.#fail(stop, new Error(message));
  }

  #fail(stop: Stop, error: unknown): Stop {
    const message = cleanMessage(error instanceof Error ? error.message : String(error));
    const remedy = error instanceof SourceError ? cleanMessage(error.remedy) : undefined;
    const failed: Stop = {
      ...stop,
      state: 'failed',
      error: message,
      remedy: remedy ?? `Try again, or do it yourself: ${stop.plan.equivalent}`,
    };
    if (!(error instanceof SourceError) || error.kind === 'unreachable') {
      this.#maybeAccepted.add(stop.id);
    }
    this.#stops.update(failed);
    this.#stops.note(stop, 'stop-failed', message);
    this.#options.log.warn(`stop of ${stop.jobId} failed: ${message}`);
    return failed;
  }

  #supersedeFailed(jobId: string): void {
    for (const stop of this.#stops.all()) {
      if (stop.jobId === jobId && stop.state === 'failed') this.dismiss(stop.id);
    }
  }

  #lookSoon(): void {
    if (this.#cancelLook || !this.underWay) return;
    this.#cancelLook = this.#options.timetable.after(LOOK_EVERY_MS, () => {
      this.#cancelLook = undefined;
      const accounts = this.#stops.underWay().map((stop) => stop.account);
      for (const account of new Set(accounts)) this.#options.look(account);
      this.review();
    });
  }
}

function noAnswer(job: Job, deadlineMs: number): SourceError {
  return new SourceError('unreachable', {
    account: job.account,
    message: `${job.account} did not answer within ${deadlineMs / 1000} s; it may have accepted all the same`,
    remedy: 'See whether the job still runs, and try again.',
  });
}
