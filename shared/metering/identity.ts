import type { Node } from '../model/node.ts';
import { type Name, namesIn, STRENGTHS, type Strength } from './names.ts';

/** The machines there are, each once, whoever reported them and by whatever name. */
export interface Fleet {
  /** Canonical, one per machine, by id. */
  nodes: Node[];
  /** The ids of the same machine as other sources see it, by canonical id. */
  alsoKnownAs: ReadonlyMap<string, readonly string[]>;
  /** The canonical node of an id or any alias; undefined where none or more than one has it. */
  resolve(reference: string): Node | undefined;
}

/**
 * Recognises as one machine the nodes of different sources or accounts that share a provider id,
 * a DNS name, an address, or an unambiguous short name. The result depends on the set of nodes
 * alone, not on their order. Give it the last known nodes of a failing source too: else a
 * machine's id would change while its cloud does not answer.
 */
export function identify(observed: readonly Node[]): Fleet {
  const byId = new Map(observed.map((node) => [node.id, node]));
  const machines = [...byId.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((node): Machine => ({ members: [node], names: namesOf(node) }));
  for (const strength of STRENGTHS) joinBy(strength, machines);

  const canonical = machines.map((machine) => ({ machine, node: unite(machine.members) }));
  canonical.sort((a, b) => (a.node.id < b.node.id ? -1 : 1));
  return {
    nodes: canonical.map(({ node }) => node),
    alsoKnownAs: new Map(
      canonical.map(({ machine, node }) => [
        node.id,
        machine.members.map((member) => member.id).filter((id) => id !== node.id),
      ]),
    ),
    resolve: resolver(canonical),
  };
}

interface Machine {
  members: Node[];
  names: Name[];
}

function namesOf(node: Node): Name[] {
  const names = [...node.aliases, node.name].flatMap(namesIn);
  return [...new Map(names.map((name) => [name.text, name])).values()];
}

/** Joins, in place, the machines that share a name of this strength. */
function joinBy(strength: Strength, machines: Machine[]): void {
  const holders = new Map<string, Set<Machine>>();
  for (const machine of machines) {
    for (const name of machine.names) {
      if (name.strength !== strength) continue;
      const sharing = holders.get(name.text) ?? new Set();
      holders.set(name.text, sharing.add(machine));
    }
  }
  const joinedInto = new Map<Machine, Machine>();
  const current = (machine: Machine): Machine => {
    const next = joinedInto.get(machine);
    return next ? current(next) : machine;
  };
  for (const [, sharing] of [...holders].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const parties = [...new Set([...sharing].map(current))];
    const [first, ...others] = parties;
    if (!first || others.length === 0 || !compatible(parties, strength)) continue;
    for (const other of others) {
      first.members.push(...other.members);
      first.names.push(...other.names);
      joinedInto.set(other, first);
      machines.splice(machines.indexOf(other), 1);
    }
  }
}

/** Whether a shared name may join these: false where it must mean more than one machine. */
function compatible(parties: readonly Machine[], strength: Strength): boolean {
  return parties.every((party, index) =>
    parties
      .slice(index + 1)
      .every((other) =>
        party.members.every((a) => other.members.every((b) => mayBeOne(a, b, strength))),
      ),
  );
}

function mayBeOne(a: Node, b: Node, strength: Strength): boolean {
  // A source lists each machine of an account once.
  if (a.account === b.account) return false;
  if (strength === 'provider') return true;
  if (a.source === b.source) {
    // Private addresses and the DNS names made of them recur in each account of a cloud.
    if (strength === 'short' || (hasProviderId(a) && hasProviderId(b))) return false;
    // So they do in clusters of one's own: it is one cluster, read twice, where names are the same.
    if (strength === 'address' && a.name !== b.name) return false;
  }
  return !soldByBoth(a, b);
}

function hasProviderId(node: Node): boolean {
  return namesOf(node).some((name) => name.strength === 'provider');
}

/** Two clouds' machines, or two types of machine, are two machines, whatever their names. */
function soldByBoth(a: Node, b: Node): boolean {
  if (!isSold(a) || !isSold(b)) return false;
  return a.priceKey?.provider !== b.priceKey?.provider || typeOf(a) !== typeOf(b);
}

/**
 * The type itself: what is fitted to it (`n1-standard-8+4xnvidia-tesla-t4`) its cloud alone tells,
 * and whoever launched it there names no more than `n1-standard-8`.
 */
function typeOf({ priceKey }: Node): string | undefined {
  return priceKey?.instanceType.split('+', 1)[0]?.toLowerCase();
}

function isSold(node: Node): boolean {
  return node.priceKey !== undefined && node.priceKey.market !== 'owned';
}

/** The one node of a machine: billing facts from whoever knows them best, names from all. */
function unite(members: readonly Node[]): Node {
  const ranked = [...members].sort((a, b) => knowledge(b) - knowledge(a) || (a.id < b.id ? -1 : 1));
  const [best, ...others] = ranked;
  if (!best) throw new Error('a machine has at least one node');
  if (others.length === 0) return best;
  const gpus = ranked.reduce(
    (most, { gpus }) => (gpus.count > most.count ? gpus : most),
    best.gpus,
  );
  const model = gpus.model ?? ranked.find((node) => node.gpus.model)?.gpus.model;
  const cores = best.cores ?? maximum(others.map((node) => node.cores));
  const owner = ranked.find((node) => node.owner !== undefined)?.owner;
  const rate = ranked.find((node) => node.rate !== undefined)?.rate;
  return {
    ...best,
    aliases: [...new Set(ranked.flatMap((node) => node.aliases))].sort(),
    gpus: { count: gpus.count, ...(model !== undefined && { model }) },
    ...(cores !== undefined && { cores }),
    ...(owner !== undefined && { owner }),
    ...(rate && { rate }),
    ...(ranked.some((node) => node.scheduled) && { scheduled: true }),
    mine: best.owner === undefined ? ranked.some((node) => node.mine) : best.mine,
    labels: Object.fromEntries(ranked.toReversed().flatMap((node) => Object.entries(node.labels))),
  };
}

/** The cloud itself knows most of what it bills; then whoever names its type; then its price. */
function knowledge(node: Node): number {
  const sold = isSold(node);
  return (
    (sold && node.source === node.priceKey?.provider ? 16 : 0) +
    (sold ? 8 : 0) +
    (node.rate ? 4 : 0) +
    (node.launchedAt !== undefined ? 2 : 0) +
    (node.priceKey ? 1 : 0)
  );
}

function maximum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** References that are remembered: each reading of a fleet names its machine by the same one. */
const MAX_FOUND = 20_000;

function resolver(canonical: readonly { machine: Machine; node: Node }[]): Fleet['resolve'] {
  const byId = new Map<string, Node>();
  const byName = new Map<string, Node | 'ambiguous'>();
  for (const { machine, node } of canonical) {
    for (const member of machine.members) byId.set(member.id, node);
    for (const { text } of machine.names) {
      const other = byName.get(text);
      byName.set(text, other && other !== node ? 'ambiguous' : node);
    }
  }
  const find = (reference: string) => {
    const named = byId.get(reference);
    if (named) return named;
    for (const { text } of namesIn(reference)) {
      const node = byName.get(text);
      if (node) return node === 'ambiguous' ? undefined : node;
    }
    return undefined;
  };
  const found = new Map<string, Node | undefined>();
  return (reference) => {
    const known = found.get(reference);
    if (known || found.has(reference)) return known;
    if (found.size >= MAX_FOUND) found.clear();
    const node = find(reference);
    found.set(reference, node);
    return node;
  };
}
