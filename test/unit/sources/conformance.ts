import type { FailureKind } from '@burnrate/shared/model/account.ts';
import { Account } from '@burnrate/shared/model/account.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import { StopPlan } from '@burnrate/shared/model/stop.ts';
import type {
  Connection,
  Observable,
  Observation,
  Source,
  SourceError,
  Surroundings,
} from '@burnrate/shared/sources/source.ts';
import { describe, expect, test } from 'vitest';
import { checkObservation, identity, lists, OBSERVABLES } from './observation.ts';
import { expectAborted, expectFailure, expectNoSecret, HANGS_MS, settles } from './outcome.ts';

/**
 * What every source must do, whatever system it speaks to.
 *
 * A source's own tests call it once, with a harness that puts the source in situations:
 *
 * ```ts
 * // test/unit/sources/slurm/conformance.test.ts
 * conformance('slurm', {
 *   source: slurm,
 *   empty: () => ({ surroundings: bareMachine() }),
 *   ready: async () => {
 *     const server = await startSomething();
 *     return {
 *       surroundings: bareMachine({ env: { SOMETHING: server.url, TOKEN: 'canary-4711' } }),
 *       canary: 'canary-4711',
 *       end: (job) => server.end(job.nativeId),
 *       dispose: () => server.close(),
 *     };
 *   },
 *   troubles: {
 *     unreachable: async () => ({ surroundings: ..., account }),
 *     denied: ..., throttled: ..., malformed: ..., 'not-configured': ...,
 *     slow: async () => ({ ... }), // takes requests and never answers
 *   },
 * });
 * ```
 *
 * Each situation is a function, called afresh for each test; `dispose` is called after it. All
 * `troubles` are optional: give those that can befall the system. In a trouble *nothing* can be
 * read, so that `observe` must reject with a SourceError of that kind. `canary` is a secret planted
 * where the source finds its credentials: it must never come out again.
 */
export interface Harness<Settings> {
  source: Source<Settings>;
  /** A machine on which nothing of this system is set up. */
  empty(): Site<Settings> | Promise<Site<Settings>>;
  /** A machine with at least one account, whose system answers and is at rest. */
  ready(): Site<Settings> | Promise<Site<Settings>>;
  troubles?: Partial<Record<FailureKind | 'slow', () => Site<Settings> | Promise<Site<Settings>>>>;
}

/** One machine in one situation. */
export interface Site<Settings> {
  surroundings: Surroundings;
  /** Default: what the source's schema makes of an absent section. */
  settings?: Settings;
  /** Default: the first one that the source discovers. */
  account?: Account;
  /** A secret in reach of the source, which must not appear in anything it returns or throws. */
  canary?: string;
  /** Ends a job behind the source's back, as a person with another tool would. */
  end?(job: Job): Promise<void>;
  dispose?(): Promise<void> | void;
}

const TEST_MS = 60_000;

export function conformance<Settings>(name: string, harness: Harness<Settings>): void {
  const { source } = harness;
  const observables = OBSERVABLES.filter((what) => source.capabilities.includes(what));
  const all: ReadonlySet<Observable> = new Set(observables);

  describe(`${name} conforms`, { timeout: TEST_MS }, () => {
    test('declares what it can do, and how often it is asked', () => {
      expect(source.id).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(source.title).not.toBe('');
      expect(new Set(source.capabilities).size).toBe(source.capabilities.length);
      expect(Object.keys(source.cadence).sort()).toEqual([...observables].sort());
      for (const cadence of Object.values(source.cadence)) {
        expect(cadence.everyMs).toBeGreaterThan(0);
        expect(cadence.deadlineMs).toBeGreaterThan(0);
        // A question waits for the one before it, but not for long.
        expect(cadence.deadlineMs).toBeLessThanOrEqual(Math.max(cadence.everyMs, 15_000));
        expect(Number.isSafeInteger(cadence.costMicros) && cadence.costMicros >= 0).toBe(true);
      }
    });

    test('an absent section of the settings is its defaults', () => {
      expect(source.settings.safeParse(undefined).error).toBeUndefined();
    });

    test('on a machine with nothing it finds nothing, and says where it looked', () =>
      at(harness.empty, async ({ site, settings }) => {
        const discovery = await source.discover(site.surroundings, settings);
        expect(discovery.accounts).toEqual([]);
        expect(discovery.looked.length).toBeGreaterThan(0);
        for (const line of discovery.looked) expect(line.trim()).not.toBe('');
      }));

    test('accounts are valid, unique, named by source, and hold no secret', () =>
      at(harness.ready, async ({ site, settings }) => {
        const { accounts } = await source.discover(site.surroundings, settings);
        for (const account of accounts) {
          expect(Account.parse(JSON.parse(JSON.stringify(account)))).toEqual(account);
          expect(account.source).toBe(source.id);
          expect(account.id.startsWith(`${source.id}:`)).toBe(true);
          expect(account.foundIn).not.toBe('');
        }
        expect(new Set(accounts.map(({ id }) => id)).size).toBe(accounts.length);
        expect(site.account ?? accounts[0]).toBeDefined();
        expectNoSecret(site, accounts);
      }));

    test('what it observes is valid, and only what was asked for', () =>
      connected(async ({ site, account, connection }) => {
        const observation = await observe(connection, all);
        checkObservation(observation, source, account, all);
        expectNoSecret(site, observation);
        expect(lists(observation).sort()).toEqual([...observables].sort());
        for (const what of observables) {
          const alone: ReadonlySet<Observable> = new Set([what]);
          const part = await observe(connection, alone);
          checkObservation(part, source, account, alone);
          expect(lists(part)).toEqual([what]);
        }
      }));

    test('what it cannot do is absent from its answer, not empty', () =>
      connected(async ({ connection }) => {
        const observation = await observe(connection, new Set(OBSERVABLES));
        expect(lists(observation).sort()).toEqual([...observables].sort());
      }));

    test('observing twice, or several times at once, gives the same answer', () =>
      connected(async ({ account, connection }) => {
        const first = await observe(connection, all);
        const rest = await Promise.all([1, 2, 3].map(() => observe(connection, all)));
        for (const observation of rest) {
          checkObservation(observation, source, account, all);
          expect(identity(observation)).toEqual(identity(first));
        }
      }));

    test('an aborted signal ends an observation', () =>
      connected(async ({ connection, account }) => {
        const signal = AbortSignal.abort(new Error('no longer wanted'));
        const outcome = await settles(connection.observe({ what: all, wanted: [], signal }));
        if (outcome.error !== undefined) expectAborted(outcome.error, signal, account);
      }));

    test('diagnosis has a line for the connection, and remedies where something is missing', () =>
      connected(async ({ site, connection }) => {
        const checks = await diagnose(site, connection);
        expect(checks.filter(({ capability }) => capability === 'connect')).not.toEqual([]);
        expect(checks.find(({ capability }) => capability === 'connect')?.ok).toBe(true);
        const aborted = await settles(connection.diagnose(AbortSignal.abort()));
        expect(aborted.error).toBeUndefined();
      }));

    test('can be closed twice', () =>
      connected(async ({ connection }) => {
        await observe(connection, all);
        await connection.close?.();
        await connection.close?.();
      }));

    test('can stop exactly if it says so', () =>
      connected(async ({ connection }) => {
        const can = source.capabilities.includes('stop');
        expect(connection.planStop !== undefined).toBe(can);
        expect(connection.stop !== undefined).toBe(can);
      }));

    test.runIf(source.capabilities.includes('stop'))(
      'a plan changes nothing; stopping what has already ended is no error',
      ({ skip }) =>
        connected(async ({ site, connection }) => {
          const jobs = (await observe(connection, new Set<Observable>(['jobs']))).jobs ?? [];
          const job = jobs.find(({ state, mine }) => state === 'running' && mine);
          if (!job || !site.end) return skip('the harness has no running job of mine to end');
          const signal = AbortSignal.timeout(HANGS_MS);
          const plan = StopPlan.parse(await connection.planStop?.(job, signal));
          expect(plan.jobId).toBe(job.id);
          expect(plan.action).not.toBe('');
          expect(plan.equivalent).not.toBe('');
          expectNoSecret(site, plan);
          const after = (await observe(connection, new Set<Observable>(['jobs']))).jobs ?? [];
          expect(after.find(({ id }) => id === job.id)?.state).toBe('running');
          await site.end(job);
          await connection.stop?.(job, plan, signal);
          await connection.stop?.(job, plan, signal);
        }),
    );

    test.runIf(source.capabilities.includes('stop'))(
      'what is someone else’s by its own system is not stopped, whatever it is said to be here',
      ({ skip }) =>
        connected(async ({ account, connection }) => {
          const { jobs = [] } = await observe(connection, new Set<Observable>(['jobs']));
          const theirs = jobs.find(({ state, mine }) => state === 'running' && !mine);
          if (!theirs) return skip('the harness has no running job of someone else');
          const signal = AbortSignal.timeout(HANGS_MS);
          const said = { action: 'stop', equivalent: 'stop', loses: [], keeps: [] };
          const plan = { jobId: theirs.id, reversible: false, ...said };
          for (const job of [theirs, { ...theirs, mine: true }]) {
            const planned = await settles(Promise.resolve(connection.planStop?.(job, signal)));
            expect(planned.error, 'its stop must be refused').toMatchObject({ kind: 'denied' });
            expectFailure(planned.error, account);
            // For the same reason, and not because the plan is none.
            const stopped = await settles(Promise.resolve(connection.stop?.(job, plan, signal)));
            expect(stopped.error).toEqual(planned.error);
          }
          const after = await observe(connection, new Set<Observable>(['jobs']));
          expect(after.jobs?.find(({ id }) => id === theirs.id)?.state).toBe('running');
        }),
    );

    for (const [trouble, situation] of Object.entries(harness.troubles ?? {})) {
      if (trouble === 'slow') continue;
      test(`${trouble}: says so, with a remedy and without a secret`, () =>
        connected(async ({ site, account, connection }) => {
          const { error } = await settles(
            connection.observe({ what: all, wanted: [], signal: AbortSignal.timeout(HANGS_MS) }),
          );
          expect(error, 'nothing could be read, so observe must reject').toBeDefined();
          expectFailure(error, account);
          expect((error as SourceError).kind).toBe(trouble);
          expectNoSecret(site, error);
          const checks = await diagnose(site, connection);
          expect(checks.some(({ ok }) => !ok)).toBe(true);
        }, situation));
    }

    const { denied } = harness.troubles ?? {};
    test.runIf(denied !== undefined && source.capabilities.includes('leftovers'))(
      'who may not list what is left behind knows of none, which is no failure',
      () =>
        connected(async ({ connection }) => {
          const observation = await observe(connection, new Set<Observable>(['leftovers']));
          expect(observation.leftovers).toBeUndefined();
          expect(observation.partial).toBeUndefined();
        }, denied),
    );

    const { slow } = harness.troubles ?? {};
    test.runIf(slow !== undefined)('a system that never answers is given up at the deadline', () =>
      connected(async ({ site, account, connection }) => {
        const strays: unknown[] = [];
        const onStray = (reason: unknown) => strays.push(reason);
        process.on('unhandledRejection', onStray);
        try {
          const signal = AbortSignal.timeout(500);
          const { error } = await settles(connection.observe({ what: all, wanted: [], signal }));
          expect(error, 'nothing could be read, so observe must reject').toBeDefined();
          expectAborted(error, signal, account);
          expectNoSecret(site, error);
          const checks = await settles(connection.diagnose(AbortSignal.timeout(500)));
          expect(checks.error).toBeUndefined();
          await new Promise((resolve) => setTimeout(resolve, 50));
          expect(strays).toEqual([]);
        } finally {
          process.off('unhandledRejection', onStray);
        }
      }, slow),
    );
  });

  interface Connected {
    site: Site<Settings>;
    settings: Settings;
    account: Account;
    connection: Connection;
  }

  async function at(
    situation: () => Site<Settings> | Promise<Site<Settings>>,
    task: (place: Pick<Connected, 'site' | 'settings'>) => Promise<void>,
  ): Promise<void> {
    const site = await situation();
    try {
      await task({ site, settings: site.settings ?? source.settings.parse(undefined) });
    } finally {
      await site.dispose?.();
    }
  }

  function connected(
    task: (place: Connected) => Promise<void>,
    situation = harness.ready,
  ): Promise<void> {
    return at(situation, async ({ site, settings }) => {
      const account =
        site.account ?? (await source.discover(site.surroundings, settings)).accounts[0];
      if (!account) throw new Error('the harness must give an account or let one be discovered');
      const connection = source.open(account, site.surroundings, settings);
      try {
        await task({ site, settings, account, connection });
      } finally {
        await connection.close?.();
      }
    });
  }

  async function diagnose(site: Site<Settings>, connection: Connection) {
    const checks = await connection.diagnose(AbortSignal.timeout(HANGS_MS));
    for (const check of checks) {
      if (check.capability !== 'connect') expect(source.capabilities).toContain(check.capability);
      expect(check.message).not.toBe('');
      if (!check.ok) expect(check.remedy ?? '').not.toBe('');
    }
    expectNoSecret(site, checks);
    return checks;
  }
}

function observe(connection: Connection, what: ReadonlySet<Observable>): Promise<Observation> {
  return connection.observe({ what, wanted: [], signal: AbortSignal.timeout(HANGS_MS) });
}
