import { microsPerHour } from './catalogue.ts';
import type { Clock, Time } from './clock.ts';
import { chance, seedOf } from './noise.ts';
import type { Machine } from './scenario.ts';

export type State = 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';

/** How long each passage takes. */
const BOOTS_MS = 20_000;
const ENDS_MS = 25_000;
const MINIMUM_SECONDS = 60;

/** A simulated instance: what it is, what state it is in, and what it has cost. */
export class Instance {
  readonly id: string;
  readonly machine: Machine;
  readonly seed: number;
  readonly zone: string;
  readonly privateIp: string;
  readonly spotRequest: string | undefined;
  /** Whole seconds, as EC2 tells it. */
  readonly launchedAt: Time;
  /** Every time that somebody asked for its end, the first one and those that changed nothing. */
  readonly asked: Time[] = [];
  readonly #clock: Clock;
  #end: { at: Time; by: 'stop' | 'terminate' } | undefined;

  constructor(machine: Machine, seed: number, clock: Clock) {
    this.machine = machine;
    this.seed = seedOf(seed, machine.name);
    this.#clock = clock;
    this.id = `i-0${this.#hex(1, 16)}`;
    this.zone = `${machine.region}${'abc'[Math.floor(chance(this.seed, 3) * 3)]}`;
    this.privateIp = [10, 0, ...[4, 5].map((n) => 4 + Math.floor(chance(this.seed, n) * 250))].join(
      '.',
    );
    this.spotRequest = machine.market === 'spot' ? `sir-${this.#hex(2, 8)}` : undefined;
    this.launchedAt = Math.floor(clock.origin / 1000 + machine.launched * 60) * 1000;
  }

  /** What the machine calls itself: us-east-1 is older than the scheme of the others. */
  get privateDnsName(): string {
    const { region } = this.machine;
    const domain = region === 'us-east-1' ? 'ec2' : `${region}.compute`;
    return `ip-${this.privateIp.replaceAll('.', '-')}.${domain}.internal`;
  }

  get microsPerHour(): number {
    const { type, region, market } = this.machine;
    return microsPerHour(type, region, market);
  }

  /** Its state now; undefined while it has not been launched. */
  get state(): State | undefined {
    const now = this.#clock.now();
    if (now < this.launchedAt - BOOTS_MS) return undefined;
    if (now < this.launchedAt) return 'pending';
    if (!this.#end) return 'running';
    const over = now - this.#end.at >= ENDS_MS;
    if (this.#end.by === 'stop') return over ? 'stopped' : 'stopping';
    return over ? 'terminated' : 'shutting-down';
  }

  /** When its end was asked for: from then on it costs nothing. */
  get endedAt(): Time | undefined {
    return this.#end?.at;
  }

  /** Ends it. A machine that was stopped can still be terminated, which costs and saves nothing. */
  end(by: 'stop' | 'terminate'): void {
    this.asked.push(this.#clock.now());
    if (!this.#end) this.#end = { at: Math.floor(this.#clock.now() / 1000) * 1000, by };
    else if (by === 'terminate') this.#end.by = by;
  }

  /** What it has cost until an instant: by the second, and a minute at least once it ended. */
  microsUntil(at: Time): number {
    const to = Math.min(at, this.#end?.at ?? at);
    const ran = Math.max(0, to - this.launchedAt) / 1000;
    const ended = this.#end !== undefined && this.#end.at <= at;
    const seconds = ended ? Math.max(Math.ceil(ran), MINIMUM_SECONDS) : ran;
    return Math.round((seconds * this.microsPerHour) / 3600);
  }

  #hex(thing: number, digits: number): string {
    return Array.from({ length: digits }, (_, index) =>
      Math.floor(chance(this.seed, thing, index) * 16).toString(16),
    ).join('');
  }
}
