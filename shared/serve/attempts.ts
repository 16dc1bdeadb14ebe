import { createHash } from 'node:crypto';

/** How many different wrong tokens an address may send at once, and how soon it may send another. */
const BURST = 20;
const EACH_MS = 3_000;
/** Addresses that are remembered; the longest silent is forgotten first. */
const MOST_ADDRESSES = 10_000;

interface Failures {
  count: number;
  /** The last wrong tokens, by their digests. */
  recent: readonly string[];
  /** Until when the count is right: it falls with time. */
  at: number;
}

/**
 * Counts wrong tokens by the address that sent them (of IPv6, the network of 64 bits). One that has
 * sent too many is not listened to for a while, whatever it sends: nobody can try out tokens. The
 * same one again counts once: a face whose token was taken away must not lock out its neighbours.
 */
export class Attempts {
  readonly #now: () => number;
  readonly #byAddress = new Map<string, Failures>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#byAddress.size;
  }

  /** How long this address must wait, in ms; 0 where it may try. */
  waitOf(address: string): number {
    const known = this.#current(networkOf(address));
    return known ? Math.max(0, Math.ceil((known.count - BURST + 1) * EACH_MS)) : 0;
  }

  failed(address: string, secret: string): void {
    const network = networkOf(address);
    const known = this.#current(network);
    const digest = createHash('sha256').update(secret).digest('base64');
    if (known?.recent.includes(digest)) return;
    this.#byAddress.delete(network);
    this.#byAddress.set(network, {
      count: Math.min(BURST, known?.count ?? 0) + 1,
      recent: [...(known?.recent ?? []), digest].slice(-BURST),
      at: this.#now(),
    });
    if (this.#byAddress.size > MOST_ADDRESSES) {
      const [oldest = ''] = this.#byAddress.keys();
      this.#byAddress.delete(oldest);
    }
  }

  #current(network: string): Failures | undefined {
    const known = this.#byAddress.get(network);
    if (!known) return undefined;
    const now = this.#now();
    const count = known.count - (now - known.at) / EACH_MS;
    if (count > 0) return { count, recent: known.recent, at: now };
    this.#byAddress.delete(network);
    return undefined;
  }
}

/** IPv4 in IPv6 is IPv4; whoever has one IPv6 address usually has 2^64 of them. */
function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
