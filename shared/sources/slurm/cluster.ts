import type { Account } from '../../model/account.ts';
import type { Job } from '../../model/job.ts';
import type { Node } from '../../model/node.ts';
import type { Instant } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { commandLine } from './command_line.ts';
import type { Controller } from './controller.ts';
import type { Entry } from './entry.ts';
import { isMine, jobsOf, type Me, nativeIdOf } from './jobs.ts';
import { Memory } from './memory.ts';
import { type Machine, toNode } from './nodes.ts';
import { unitsOf } from './partitions.ts';
import { restController } from './rest.ts';
import type { ClusterSettings } from './settings.ts';
import { shellHere } from './shell.ts';
import { shellOver } from './ssh.ts';

/** What is read of one cluster, and what is remembered of it between readings. */
export class Cluster {
  readonly controller: Controller;
  readonly name: string;
  readonly #account: string;
  readonly #settings: ClusterSettings;
  readonly #clock: Surroundings['clock'];
  readonly #memory = new Memory();
  #accounting: 'unknown' | 'there' | 'absent' = 'unknown';
  /** By node, when the earliest job began that is known to have held it. */
  readonly #since = new Map<string, Instant>();
  /** Ended jobs are asked for at first, and again where the controller has forgotten one. */
  #caughtUp = false;

  constructor(account: Account, surroundings: Surroundings, settings: ClusterSettings) {
    this.name = account.name;
    this.#account = account.id;
    this.#settings = settings;
    this.#clock = surroundings.clock;
    this.controller = controllerOf(account.id, surroundings, settings);
  }

  get accounting(): 'unknown' | 'there' | 'absent' {
    return this.#accounting;
  }

  /** Who the user is there, further names among it. */
  async me(signal: AbortSignal): Promise<Me> {
    return { ...(await this.controller.user(signal)), mine: this.#settings.mine };
  }

  /** What the controller knows of jobs now, and whose they are. */
  async queue(signal: AbortSignal): Promise<{ entries: Entry[]; isMine(user: string): boolean }> {
    const me = await this.me(signal);
    const entries = await this.controller.queue(signal);
    return { entries, isMine: (user) => isMine(user, me) };
  }

  /** The jobs, and why those that have ended could not all be read where that is so. */
  async jobs(signal: AbortSignal): Promise<{ jobs: Job[]; failures: SourceError[] }> {
    const me = await this.me(signal);
    const listed = await this.controller.queue(signal);
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
    const fresh = jobsOf([...listed, ...forgotten], this.#account, me, now);
    const jobs = this.#memory.complete(fresh, now);
    for (const { shares, startedAt } of jobs) {
      if (startedAt === undefined) continue;
      for (const { node } of shares) {
        this.#since.set(node, Math.min(startedAt, this.#since.get(node) ?? startedAt));
      }
    }
    return { jobs, failures };
  }

  /**
   * Reads the machines; as nodes they are told when asked, since their uptime matters from the
   * earliest job that was read by then.
   */
  async nodes(signal: AbortSignal): Promise<() => Node[]> {
    const [machines, units] = await Promise.all([
      this.controller.machines(signal),
      this.#units(signal),
    ]);
    const toNow = (machine: Machine) =>
      toNode(machine, {
        account: this.#account,
        prices: this.#settings.prices,
        units: (partition) => units(machine, partition),
        since: this.#since.get(machine.name),
        now: this.#clock.now(),
      });
    return () => machines.map(toNow);
  }

  /** How many billing units a machine of a partition is; asked for only where they have a price. */
  async #units(
    signal: AbortSignal,
  ): Promise<(machine: Machine, partition: string) => number | undefined> {
    const prices = Object.values(this.#settings.prices);
    if (prices.every(({ perBillingUnitHour }) => perBillingUnitHour === undefined))
      return () => undefined;
    const [partitions, flags] = await Promise.all([
      this.controller.partitions(signal),
      this.controller.configured('PriorityFlags', signal),
    ]);
    const weights = new Map(partitions.map((one) => [one.name, one.weights]));
    const most = /\bMAX_TRES\b/.test(flags ?? '');
    return (machine, partition) => {
      const known = weights.get(partition);
      return known && unitsOf(machine, known, most);
    };
  }

  /** What has ended within the last hour, where the cluster keeps accounts. */
  async #ended(signal: AbortSignal): Promise<Entry[]> {
    if (this.#accounting === 'absent') return [];
    const entries = await this.controller.ended(signal);
    this.#accounting = entries ? 'there' : 'absent';
    return entries ?? [];
  }
}

function controllerOf(
  account: string,
  surroundings: Surroundings,
  settings: ClusterSettings,
): Controller {
  const { rest, ssh } = settings;
  if (rest) return restController(account, surroundings, { ...settings, rest });
  const shell = ssh ? shellOver(ssh, account, surroundings) : shellHere(surroundings);
  return commandLine(account, shell, settings);
}
