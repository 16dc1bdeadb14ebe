import type { Account } from '../../model/account.ts';
import type { Job } from '../../model/job.ts';
import type { Node } from '../../model/node.ts';
import { type Instant, SECOND } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { accountingArguments, parseAccounting } from './accounting.ts';
import { type Commands, commandsOf } from './commands.ts';
import type { Entry } from './entry.ts';
import { failureOf, malformed } from './errors.ts';
import { isMine, jobsOf, type Me, nativeIdOf } from './jobs.ts';
import { Memory } from './memory.ts';
import { type Machine, parseNodes, toNode } from './nodes.ts';
import { type Queue, queueOf } from './queue.ts';
import { separator } from './records.ts';
import type { Settings } from './settings.ts';

/** The database may be slow where the controller is not: its part is waited for no longer. */
const ACCOUNTING_MS = 8 * SECOND;

/** What is read of one cluster, and what is remembered of it between readings. */
export class Cluster {
  readonly commands: Commands;
  readonly queue: Queue;
  readonly me: Me;
  readonly name: string;
  readonly #account: string;
  readonly #settings: Settings;
  readonly #clock: Surroundings['clock'];
  readonly #memory = new Memory();
  #accounting: 'unknown' | 'there' | 'absent' = 'unknown';
  /** By node, when the earliest job began that is known to have held it. */
  readonly #since = new Map<string, Instant>();
  /** Ended jobs are asked for at first, and again where the controller has forgotten one. */
  #caughtUp = false;

  constructor(account: Account, surroundings: Surroundings, settings: Settings) {
    const { user, clock } = surroundings;
    this.name = account.name;
    this.#account = account.id;
    this.#settings = settings;
    this.#clock = clock;
    this.commands = commandsOf(account.id, surroundings, settings);
    this.me = { name: user.name, uid: user.uid, mine: settings.mine };
    this.queue = queueOf(this.commands, {
      user: settings.onlyMine ? [user.name, ...settings.mine].join(',') : undefined,
      isMine: (name) => isMine(name, this.me),
    });
  }

  get accounting(): 'unknown' | 'there' | 'absent' {
    return this.#accounting;
  }

  /** The jobs, and why those that have ended could not all be read where that is so. */
  async jobs(signal: AbortSignal): Promise<{ jobs: Job[]; failures: SourceError[] }> {
    const listed = await this.queue.read(signal);
    const ids = new Set(listed.map(nativeIdOf));
    const failures: SourceError[] = [];
    let forgotten: Entry[] = [];
    if (!this.#caughtUp || this.#memory.misses(ids)) {
      try {
        forgotten = (await this.#ended(signal)).filter((entry) => !ids.has(nativeIdOf(entry)));
        this.#caughtUp = true;
      } catch (error) {
        if (!(error instanceof SourceError)) throw error;
        this.#caughtUp = false;
        failures.push(error);
      }
    }
    const now = this.#clock.now();
    const fresh = jobsOf([...listed, ...forgotten], this.#account, this.me, now);
    const jobs = this.#memory.complete(fresh, now);
    for (const { shares, startedAt } of jobs) {
      if (startedAt === undefined) continue;
      for (const { node } of shares) {
        this.#since.set(node, Math.min(startedAt, this.#since.get(node) ?? startedAt));
      }
    }
    return { jobs, failures };
  }

  /** The machines as nodes; their uptime matters since the earliest job that was read. */
  toNodes(machines: readonly Machine[]): Node[] {
    const now = this.#clock.now();
    return machines.map((machine) =>
      toNode(machine, {
        account: this.#account,
        prices: this.#settings.prices,
        since: this.#since.get(machine.name),
        now,
      }),
    );
  }

  async machines(signal: AbortSignal): Promise<Machine[]> {
    const args = ['--all', '--oneliner', 'show', 'node'];
    const text = await this.commands.read('scontrol', args, { signal });
    try {
      return parseNodes(text);
    } catch (error) {
      throw malformed((error as Error).message, this.commands.line('scontrol', args), error);
    }
  }

  /** What has ended within the last hour, where the cluster keeps accounts. */
  async #ended(signal: AbortSignal): Promise<Entry[]> {
    if (this.#accounting === 'absent') return [];
    const between = separator();
    const args = accountingArguments(between, this.#settings.onlyMine);
    const attempt = this.commands.line('sacct', ['--allocations', '--starttime=now-1hour']);
    const answer = await this.commands
      .try('sacct', args, { signal, endAfterMs: ACCOUNTING_MS })
      .catch((error: SourceError) => {
        if (error.kind === 'not-configured') return undefined;
        throw error;
      });
    if (!answer || /accounting storage is disabled/i.test(answer.stderr)) {
      this.#accounting = 'absent';
      return [];
    }
    if (answer.code !== 0) throw failureOf(answer.stderr, answer.code, attempt);
    this.#accounting = 'there';
    try {
      return parseAccounting(answer.stdout, between);
    } catch (error) {
      throw malformed((error as Error).message, attempt, error);
    }
  }
}
