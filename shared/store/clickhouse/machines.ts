import { identify } from '../../metering/identity.ts';
import { namesIn } from '../../metering/names.ts';
import type { Node } from '../../model/node.ts';
import { PriceKey } from '../../model/rate.ts';
import { type Instant, MINUTE } from '../../model/time.ts';
import type { CostNode } from '../../protocol/report.ts';
import { quoted, type TeamServer } from './client.ts';
import type { NodeRow } from './tables.ts';

type Seen = Omit<NodeRow, 'version' | 'state' | 'gpus' | 'gpu_model'>;

/** The team's machines, each once, whoever sees it and under whatever id. */
export interface Machines {
  /** The machine that a collector calls by a node's id. */
  of(collector: string, nodeId: string): string;
  /** Whether it belongs to the user of that collector. */
  isMine(collector: string, machine: string): boolean;
  /** What is known of it, by whoever knows most. */
  facts(machine: string): CostNode | undefined;
  /** SQL that gives the machine of `node` and `collector`. */
  sql: string;
}

/** Machines come and go; who reads a month, day by day, need not ask for them each time. */
const FRESH_MS = MINUTE;

/** Who is who among the nodes that collectors have told of; asked for once a minute at most. */
export class KnownMachines {
  readonly #server: TeamServer;
  readonly #now: () => Instant;
  #known: { at: Instant; machines: Promise<Machines> } | undefined;

  constructor(server: TeamServer, now: () => Instant) {
    this.#server = server;
    this.#now = now;
  }

  get(): Promise<Machines> {
    const now = this.#now();
    if (!this.#known || Math.abs(now - this.#known.at) > FRESH_MS) {
      const machines = this.#read();
      machines.catch(() => {
        this.#known = undefined;
      });
      this.#known = { at: now, machines };
    }
    return this.#known.machines;
  }

  async #read(): Promise<Machines> {
    const columns = [
      'name',
      'source',
      'account',
      'owner',
      'mine',
      'aliases',
      'labels',
      'price_key',
    ];
    const rows = await this.#server.select<
      Record<string, never> & { id: string; collector: string }
    >(
      `SELECT id, collector, ${columns.map((name) => `argMax(${name}, version) AS ${name}_`).join(', ')}
       FROM node GROUP BY id, collector ORDER BY id, collector`,
    );
    return machinesOf(
      rows.map(({ id, collector, ...row }) => ({
        id,
        collector,
        ...Object.fromEntries(columns.map((name) => [name, row[`${name}_`]])),
      })) as Seen[],
    );
  }
}

/** Recognises machines as one collector does its own (see metering/identity.ts). */
export function machinesOf(seen: readonly Seen[]): Machines {
  const ids = new Map<string, string>();
  const views = new Map<string, Seen[]>();
  for (const own of Map.groupBy(seen, ({ id }) => id).values()) {
    for (const same of sameMachines(own)) {
      const [first] = same;
      if (!first) continue;
      // One id can be two machines: everyone's own cluster may be called `default`.
      const id =
        same === own || views.has(first.id) === false ? first.id : `${first.id}@${first.collector}`;
      views.set(id, same);
      for (const { collector } of same) ids.set(`${first.id}\n${collector}`, id);
    }
  }
  const fleet = identify([...views].map(([id, same]) => nodeOf(id, same)));
  const canonical = new Map<string, string>();
  for (const node of fleet.nodes) {
    canonical.set(node.id, node.id);
    for (const other of fleet.alsoKnownAs.get(node.id) ?? []) canonical.set(other, node.id);
  }
  const nodes = new Map(fleet.nodes.map((node) => [node.id, node]));
  const renamed = [...ids].flatMap(([key, id]): [string, string][] => {
    const machine = canonical.get(id) ?? id;
    return machine === key.slice(0, key.lastIndexOf('\n')) ? [] : [[key, machine]];
  });
  const of = (collector: string, nodeId: string) => {
    const id = ids.get(`${nodeId}\n${collector}`) ?? nodeId;
    return canonical.get(id) ?? id;
  };
  const mine = new Set(
    seen
      .filter((row) => Number(row.mine) === 1)
      .map(({ id, collector }) => `${of(collector, id)}\n${collector}`),
  );
  return {
    of,
    isMine: (collector, machine) => mine.has(`${machine}\n${collector}`),
    facts: (machine) => {
      const node = nodes.get(machine);
      if (!node) return undefined;
      const { name, source, account, owner, priceKey, labels } = node;
      return {
        ...{ name, source, account, labels },
        ...(owner !== undefined && { owner }),
        ...(priceKey && { priceKey }),
      };
    },
    sql: renamed.length === 0 ? 'node' : renamedBy(renamed),
  };
}

function renamedBy(renamed: readonly [string, string][]): string {
  const list = (texts: readonly string[]) => `[${texts.map(quoted).join(', ')}]`;
  const from = list(renamed.map(([key]) => key));
  const to = list(renamed.map(([, machine]) => machine));
  return `transform(concat(node, '\\n', collector), ${from}, ${to}, node)`;
}

/** The views of one id, by machine: those that share no name that means one machine are several. */
function sameMachines(views: Seen[]): Seen[][] {
  const groups: { names: Set<string>; views: Seen[] }[] = [];
  for (const view of views) {
    const names = sureNames(view);
    const fitting = groups.filter(
      (group) =>
        names.length === 0 || group.names.size === 0 || names.some((name) => group.names.has(name)),
    );
    const [first, ...others] = fitting;
    if (!first) {
      groups.push({ names: new Set(names), views: [view] });
      continue;
    }
    for (const other of others) {
      for (const name of other.names) first.names.add(name);
      first.views.push(...other.views);
      groups.splice(groups.indexOf(other), 1);
    }
    for (const name of names) first.names.add(name);
    first.views.push(view);
  }
  const [only] = groups;
  return groups.length === 1 && only ? [views] : groups.map((group) => group.views);
}

function sureNames({ aliases }: Seen): string[] {
  return aliases
    .flatMap(namesIn)
    .filter(({ strength }) => strength !== 'short')
    .map(({ text }) => text);
}

/** One node of what several say: the owner's collector knows best. */
function nodeOf(id: string, views: readonly Seen[]): Node {
  const ranked = views.toSorted(
    (a, b) =>
      Number(b.mine) - Number(a.mine) || Number(b.price_key !== '') - Number(a.price_key !== ''),
  );
  const [best] = ranked;
  if (!best) throw new Error('a machine is seen by someone');
  const owner = ranked.find((view) => view.owner !== '')?.owner;
  const priceKey = ranked.find((view) => view.price_key !== '')?.price_key;
  return {
    id,
    source: best.source,
    account: best.account,
    name: best.name,
    aliases: [...new Set(views.flatMap(({ aliases }) => aliases))],
    gpus: { count: 0 },
    state: 'running',
    billing: { incrementMs: 1, minimumMs: 0 },
    mine: views.some((view) => Number(view.mine) === 1),
    labels: JSON.parse(best.labels || '{}'),
    ...(owner !== undefined && { owner }),
    ...(priceKey !== undefined && { priceKey: PriceKey.parse(JSON.parse(priceKey)) }),
  };
}
