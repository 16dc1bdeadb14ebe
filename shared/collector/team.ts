import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { addressOf, type StoreSettings } from '../config/store.ts';
import { thisUser } from '../config/this_user.ts';
import type { AccountView } from '../model/snapshot.ts';
import type { Clock } from '../model/time.ts';
import type { DoctorLine, History, TeamStanding } from '../protocol/protocol.ts';
import { VERSION } from '../protocol/version.ts';
import type { TeamServer } from '../store/clickhouse/client.ts';
import type { Outbox } from '../store/clickhouse/outbox.ts';
import type { TeamReader } from '../store/clickhouse/reader.ts';
import { Shipper } from '../store/clickhouse/shipper.ts';
import { standingWords } from '../store/clickhouse/standing_words.ts';
import type { ComparedMonth } from '../store/clickhouse/verify.ts';
import type { HistoryQuery } from '../store/store.ts';
import { cleanMessage } from './border.ts';
import { chartOf, checkSteps } from './history.ts';
import type { Environment } from './life.ts';
import type { Log } from './log.ts';
import type { Timetable } from './timetable.ts';

export interface TeamOptions {
  outbox: Outbox;
  clock: Clock;
  timetable: Timetable;
  env: Environment;
  log: Log;
  changed: () => void;
}

const WHERE = 'store in burnrate.yaml';
const NONE =
  'No team store is configured. Name one as store: in burnrate.yaml, as in clickhouse://burnrate@db.example:8123/burnrate.';
/** Ticks go on while months are compared: what they change is told first, and then compared again. */
const COMPARE_TRIES = 5;
const DIAGNOSIS_MS = 10_000;

/** This collector's part in a team: what it tells the team's store, and what it reads there. */
export class Team {
  readonly #options: TeamOptions;
  #settings: StoreSettings | undefined;
  #shipper: Shipper | undefined;
  #reader: Promise<{ server: TeamServer; reader: TeamReader }> | undefined;
  readonly #closing: Promise<void>[] = [];

  constructor(options: TeamOptions) {
    this.#options = options;
  }

  /** `certain`: false where burnrate.yaml has a mistake, so that nobody has said "no store". */
  configure(settings: StoreSettings | undefined, certain: boolean): void {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) {
      if (settings === undefined && certain) this.#options.outbox.follow(undefined);
      return;
    }
    this.#let();
    this.#options.outbox.follow(settings && addressOf(settings).text);
    this.#settings = settings;
    if (!settings) return;
    const { outbox, clock, timetable, log, changed } = this.#options;
    const { text } = addressOf(settings);
    this.#shipper = new Shipper({
      outbox,
      open: () => this.#open(settings),
      address: text,
      name: settings.name ?? `${thisUser().name}@${hostname()}`,
      burnrate: VERSION,
      clock,
      after: (delayMs, task) => timetable.after(delayMs, task),
      changed,
      onFailure: (failure) => log.error(`${failure.message} ${failure.remedy}`),
    });
    this.#shipper.wake();
  }

  /** A tick was kept: what it changed is told. */
  ticked(): void {
    this.#shipper?.wake();
  }

  standing(): TeamStanding | undefined {
    const standing = this.#shipper?.standing();
    if (!standing) return undefined;
    const { address, changes, historyBefore, caughtUpAt, failure } = standing;
    const { message } = standingWords(standing, this.#options.clock.now());
    return {
      address,
      changes,
      message: cleanMessage(message),
      ...(historyBefore !== undefined && { historyBefore }),
      ...(caughtUpAt !== undefined && { caughtUpAt }),
      ...(failure && { remedy: cleanMessage(failure.remedy) }),
    };
  }

  /** Sends what waits now; `again`: all that this ledger holds. Answers how it stands before. */
  send({ again = false }: { again?: boolean }): TeamStanding {
    const { outbox } = this.#options;
    const shipper = this.#configured();
    if (again) outbox.tellAll();
    void shipper.now();
    const standing = this.standing();
    if (!standing) throw new Error(NONE);
    return standing;
  }

  /** The ledger's months and the team store's, when there is nothing left to tell. */
  async compare(): Promise<ComparedMonth[]> {
    const shipper = this.#configured();
    const { compareMonths } = await import('../store/clickhouse/verify.ts');
    for (let tries = 1; ; tries += 1) {
      await shipper.now();
      const { failure } = shipper.standing();
      if (failure) throw failure;
      const { server } = await this.#read();
      const months = await compareMonths(server, this.#options.outbox);
      const isQuiet = shipper.standing().changes === 0;
      if (months.every(({ ledger, team }) => ledger === team)) return months;
      if (isQuiet || tries === COMPARE_TRIES) return months;
    }
  }

  /** Answers for the whole team. Throws where no store is configured. */
  async reader(): Promise<TeamReader> {
    return (await this.#read()).reader;
  }

  /** The chart's columns of the whole team. */
  async history(query: HistoryQuery): Promise<History> {
    checkSteps(query);
    const reader = await this.reader();
    const [points, names] = await Promise.all([reader.history(query), reader.names(query)]);
    return chartOf(points, query, (jobId) => names(jobId) ?? jobId);
  }

  /** As an account of the page. */
  view(): AccountView | undefined {
    const standing = this.#shipper?.standing();
    if (!standing) return undefined;
    const { address, caughtUpAt, failure, failingSince } = standing;
    const words = standingWords(standing, this.#options.clock.now());
    const behind = caughtUpAt === undefined ? 'failed' : 'stale';
    const id = `team:${address}`;
    return {
      id,
      source: 'team',
      name: address,
      foundIn: WHERE,
      options: {},
      title: `Team store: ${address}`,
      state: failure ? behind : 'ok',
      capabilities: [],
      ...(caughtUpAt !== undefined && { lastSuccessAt: caughtUpAt }),
      ...(failure && {
        failure: {
          kind: failure.kind,
          account: id,
          message: cleanMessage(words.message),
          remedy: cleanMessage(failure.remedy),
          at: failingSince ?? this.#options.clock.now(),
        },
      }),
      spentToday: 0,
    };
  }

  /** Tries it now, and says how it stands. */
  async diagnose(): Promise<DoctorLine[]> {
    const shipper = this.#shipper;
    if (!shipper) return [];
    // A ledger of months may take long to tell: it goes on meanwhile.
    await Promise.race([shipper.now(), pause(DIAGNOSIS_MS, undefined, { ref: false })]);
    const standing = shipper.standing();
    const { ok, message, remedy } = standingWords(standing, this.#options.clock.now());
    const check = { capability: 'team', ok, message: cleanMessage(message) };
    return [
      {
        account: `team:${standing.address}`,
        title: `Team store: ${standing.address}`,
        foundIn: WHERE,
        checks: [{ ...check, ...(remedy !== undefined && { remedy: cleanMessage(remedy) }) }],
      },
    ];
  }

  async close(): Promise<void> {
    this.#let();
    await Promise.all(this.#closing);
  }

  #configured(): Shipper {
    if (!this.#shipper) throw new Error(NONE);
    return this.#shipper;
  }

  #read(): Promise<{ server: TeamServer; reader: TeamReader }> {
    if (!this.#settings) return Promise.reject(new Error(NONE));
    const settings = this.#settings;
    this.#reader ??= (async () => {
      const [{ TeamReader }, server] = await Promise.all([
        import('../store/clickhouse/reader.ts'),
        this.#open(settings),
      ]);
      return { server, reader: new TeamReader(server, () => this.#options.clock.now()) };
    })();
    // A password that was missing may be there the next time.
    this.#reader.catch(() => {
      this.#reader = undefined;
    });
    return this.#reader;
  }

  /** ClickHouse's client is loaded by those who have a team store. */
  async #open(settings: StoreSettings): Promise<TeamServer> {
    const { TeamServer } = await import('../store/clickhouse/client.ts');
    return new TeamServer(settings, this.#options.env);
  }

  /** Lets go of the store that was configured before. */
  #let(): void {
    if (this.#shipper) this.#closing.push(this.#shipper.close());
    const reading = this.#reader;
    if (reading)
      this.#closing.push(
        reading.then(
          ({ server }) => server.close(),
          () => {},
        ),
      );
    this.#shipper = undefined;
    this.#reader = undefined;
  }
}
