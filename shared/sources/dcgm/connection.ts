import { z } from 'zod';
import type { Account } from '../../model/account.ts';
import { grouped } from '../../model/count.ts';
import { deadline } from '../../model/deadline.ts';
import { type Instant, SECOND } from '../../model/time.ts';
import { preferFastCode } from '../code_size.ts';
import {
  type Check,
  type Connection,
  type Observation,
  type ObserveRequest,
  SourceError,
  type Surroundings,
} from '../source.ts';
import { checksOf, type Outcome } from './checks.ts';
import { type Endpoint, endpointsOf } from './endpoint.ts';
import { Told } from './failures.ts';
import { phasesOf, Round } from './pace.ts';
import { Rhythms } from './rhythms.ts';
import { type ScrapeResult, Scraper } from './scrape.ts';
import type { Settings } from './settings.ts';
import { summed } from './summary.ts';

const Options = z.object({
  endpoints: z.array(z.string()),
  /** The jobs that the programs at some of them are. */
  jobs: z.record(z.string(), z.string()).default({}),
});

/**
 * Exporters that are read at the same time, all by the one thread: a thousand each 15 s take some
 * 2 % of a core. A second thread would take more CPU for the same, not less: to hand over the 8,000
 * readings of a sweep costs 38 ms, a sixth of what the sweep itself takes, and a heap of its own.
 */
const AT_ONCE = 32;

/** Up to so many are read one after the other as fast as they answer: that is no herd. */
const FEW = 64;
/** And what each wrote is kept, to know it again: 66 kB for eight GPUs. Of a thousand it is too much. */
const KEPT_BYTES = 256 * 1024;
/** Of the time from one reading to the next: what is left is for those that answer late. */
const SPREAD_SHARE = 0.8;

/**
 * From so many on, a reading is work. A collector is started with V8's `--optimize-for-size`, for
 * it is mostly at rest; without, reading a fleet takes two thirds of the CPU, and 6 MB more.
 */
const FLEET = 100;

/** All of a reading, well within the source's deadline: what is read by then is not lost. */
const ALL_WITHIN_MS = 11 * SECOND;

/** One that did not answer the last time is waited for less. */
const SECOND_CHANCE_MS = 3 * SECOND;
/** One that has failed twice is left alone for a while, twice as long each time. */
const FIRST_REST_MS = 10 * SECOND;
const LONGEST_REST_MS = 60 * SECOND;

/** The exporters of one account. */
export function connect(
  account: Account,
  surroundings: Surroundings,
  settings: Settings,
): Required<Pick<Connection, 'observe' | 'diagnose' | 'close'>> {
  const { clock, env } = surroundings;
  const options = Options.parse(account.options);
  const endpoints = endpointsOf(options.endpoints, options.jobs);
  if (endpoints.length >= FLEET) preferFastCode();
  const phases = phasesOf(endpoints);
  const order = [...phases.keys()];
  const variable = settings.authorizationVariable;
  const scraper = new Scraper({
    account: account.id,
    clock,
    authorization: variable && env[variable],
    keptBytes: endpoints.length <= FEW ? KEPT_BYTES : 0,
  });
  /** How often each has failed in a row. Those that have are asked apart, and for less time. */
  const failed = new Map<Endpoint, number>();
  /** What each called itself when it last answered: the machine's name, not the address. */
  const hostOf = new Map<Endpoint, string>();
  const rests = new Map<Endpoint, { from: Instant; until: Instant; failure: SourceError }>();
  // Of many it is not kept what they wrote, so that each answer would seem new.
  const rhythms = new Rhythms(endpoints.length <= FEW ? endpoints : []);

  async function ask(endpoint: Endpoint, signal: AbortSignal): Promise<ScrapeResult> {
    if (variable && !env[variable]) throw noVariable(account, variable);
    const rest = rests.get(endpoint);
    const now = clock.now();
    // Where the clock was set back, nobody knows how long it has rested.
    if (rest && now >= rest.from && now < rest.until) throw rest.failure;
    if (signal.aborted)
      throw new Told(account.id, endpoint, clock).unreachable(
        'not reached: the others took all the time',
      );
    try {
      const usual = settings.timeoutSeconds * SECOND;
      const patience = failed.has(endpoint) ? Math.min(usual, SECOND_CHANCE_MS) : usual;
      return await scraper.scrape(endpoint, { signal, timeoutMs: patience });
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      const times = (failed.get(endpoint) ?? 0) + 1;
      failed.set(endpoint, times);
      const rest = times < 2 ? 0 : Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (times - 2));
      const restMs = error.retryAfterMs ?? (error.kind === 'unreachable' ? rest : 0);
      const from = clock.now();
      rests.set(endpoint, { from, until: from + restMs, failure: error });
      throw error;
    }
  }

  async function outcomeOf(endpoint: Endpoint, signal: AbortSignal): Promise<Outcome> {
    const askedAt = clock.now();
    try {
      const result = await ask(endpoint, signal);
      failed.delete(endpoint);
      hostOf.set(endpoint, result.samples[0]?.node ?? endpoint.host);
      return { endpoint, askedAt, at: clock.now(), result };
    } catch (failure) {
      if (!(failure instanceof SourceError)) throw failure;
      return { endpoint, askedAt, at: clock.now(), failure };
    }
  }

  /**
   * Asks them, each on its own, some at a time: one outcome an endpoint. Many are spread over the
   * time until they are asked again: neither they, nor the network, nor this machine get a
   * thousand requests in one moment and none in the next. Those that have failed are asked by
   * themselves, from the beginning: they hold up none of the others.
   */
  async function askAll(
    asked: readonly Endpoint[],
    signal: AbortSignal,
    spanMs: number,
  ): Promise<Outcome[]> {
    if (asked.length === 0) return [];
    const ending = new AbortController();
    const callOff = deadline(ALL_WITHIN_MS, () =>
      ending.abort(new DOMException('no answer in time', 'TimeoutError')),
    );
    // Not by `AbortSignal.any`, which runs as much code as the reading of an exporter.
    const end = () => ending.abort(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end);
    const within = ending.signal;
    const round = new Round(clock, spanMs);
    const [good, bad] = [false, true].map((is) => asked.filter((one) => failed.has(one) === is));
    const outcomes = new Map<Endpoint, Outcome>();
    const askSome = async (some: readonly Endpoint[] = [], paced: boolean) => {
      const left = some.values();
      const askOn = async () => {
        // All share what is left: each takes the next one when it is done with its own.
        for (const endpoint of left) {
          if (paced) await round.turn(phases.get(endpoint) ?? 0, within);
          outcomes.set(endpoint, await outcomeOf(endpoint, within));
        }
      };
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, some.length) }, askOn));
    };
    try {
      await Promise.all([askSome(good, spanMs > 0), askSome(bad, false)]);
    } finally {
      callOff();
      signal.removeEventListener('abort', end);
    }
    return endpoints.flatMap((endpoint) => outcomes.get(endpoint) ?? []);
  }

  /** Over how much of the time between two readings: who comes last still has time to answer. */
  function spanOf(everyMs: number): number {
    if (endpoints.length <= FEW) return 0;
    const untilLast = ALL_WITHIN_MS - settings.timeoutSeconds * SECOND;
    return Math.min(SPREAD_SHARE * everyMs, untilLast * clock.speed);
  }

  /** Whether an exporter is silent because its machine was stopped. */
  function isOff({ endpoint, failure }: Outcome, stopped: ReadonlySet<string>): boolean {
    return failure?.kind === 'unreachable' && stopped.has(hostOf.get(endpoint) ?? endpoint.host);
  }

  async function observe(request: ObserveRequest): Promise<Observation> {
    const { what, everyMs = 0, stopped = new Set(), eager, signal } = request;
    const observation: Observation = { at: clock.now() };
    if (!what.has('telemetry')) return observation;
    signal.throwIfAborted();
    const due = order.filter(
      (endpoint) => eager || rhythms.isDue(endpoint, observation.at, everyMs),
    );
    const all = await askAll(due, signal, spanOf(everyMs));
    const told = all.flatMap((outcome) => rhythms.samplesOf(outcome));
    const outcomes = all.filter((outcome) => !isOff(outcome, stopped));
    signal.throwIfAborted();
    const failures = outcomes.flatMap(({ failure, result }) => failure ?? result?.partial ?? []);
    const read = outcomes.flatMap(({ result }) => result ?? []);
    // Those that are not due are well.
    if (read.length === 0 && failures.length > 0 && due.length === order.length)
      throw summed(account.id, failures, endpoints.length);
    const partial =
      failures.length > 1
        ? [summed(account.id, failures, endpoints.length), ...failures]
        : failures;
    const nextAt = rhythms.nextAt(everyMs);
    return {
      ...observation,
      at: clock.now(),
      samples: told,
      progress: read.flatMap((result) => result.progress),
      traffic: read.flatMap((result) => result.traffic),
      ...(nextAt && { nextAt }),
      ...(partial.length > 0 && { partial }),
    };
  }

  async function diagnose(signal: AbortSignal): Promise<Check[]> {
    // Somebody may have mended what did not answer; who asked for a pause still gets it.
    for (const [endpoint, { failure }] of rests) {
      if (failure.retryAfterMs === undefined) rests.delete(endpoint);
    }
    // Somebody waits for the doctor: all at once.
    const outcomes = await askAll(order, signal, 0);
    const failures = outcomes.flatMap(({ failure }) => failure ?? []);
    const answered = outcomes.length - failures.length;
    const connect: Check =
      answered > 0
        ? {
            capability: 'connect',
            ok: true,
            message: `${grouped(answered)} of ${grouped(outcomes.length)} exporters answered`,
          }
        : {
            capability: 'connect',
            ok: false,
            message: summed(account.id, failures, endpoints.length).message,
            remedy:
              failures[0]?.remedy ??
              'Name exporters under sources.dcgm.endpoints in burnrate.yaml.',
          };
    return [connect, ...checksOf(outcomes, (endpoint) => rhythms.periodOf(endpoint))];
  }

  return { observe, diagnose, close: () => scraper.close() };
}

function noVariable(account: Account, variable: string): SourceError {
  return new SourceError('not-configured', {
    account: account.id,
    message: `the environment variable ${variable} is not set`,
    remedy: `Set ${variable} where Burnrate is started, or remove sources.dcgm.authorizationVariable from burnrate.yaml.`,
  });
}
