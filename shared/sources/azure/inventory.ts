import type { Job } from '../../model/job.ts';
import type { Node } from '../../model/node.ts';
import { type Instant, MINUTE } from '../../model/time.ts';
import { Parts } from '../parts.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { optionsOf, partsOf } from './account.ts';
import { listMachines, listSubscriptions, type Row, readMachine, TYPES } from './graph.ts';
import { jobsOf } from './jobs.ts';
import { launchesOf } from './launches.ts';
import { readWorkspace } from './learning/workspace.ts';
import type { Login } from './login.ts';
import { createdAt, evidenceOf, machinesIn, type Seen, toNode } from './nodes.ts';
import { type Caller, callerIn, type Evidence, type Ownership, ownershipOf } from './owners.ts';
import type { Manager } from './resource_manager.ts';
import type { Settings } from './settings.ts';
import { type Sizes, sizesOf } from './sizes.ts';

/** What is known of the account's machines. */
export interface Inventory {
  readonly sizes: Sizes;
  /** Reads everything. Rejects with a SourceError where the machines could not be read. */
  refresh(signal: AbortSignal): Promise<{ nodes: Node[]; jobs: Job[]; failures: SourceError[] }>;
  /** A machine as it is now; undefined where it is gone. */
  find(id: string, signal: AbortSignal): Promise<Seen | undefined>;
  toNode(seen: Seen): Node;
  /** What the last reading showed. */
  lastSeen(): readonly Node[];
  /** The same, read now where nothing was yet. */
  known(signal: AbortSignal): Promise<readonly Node[]>;
  ownershipOf(evidence: Evidence): Ownership;
  caller(): Promise<Caller | undefined>;
  /** The user's name, where this is one of the ids by which Azure knows the user. */
  isCaller(id: string): string | undefined;
  /** Machines that were ordered to stop: for a while they are asked themselves. */
  ordered(ids: readonly string[]): void;
}

/** Resource Graph follows a stop within a minute or so; who has stopped something looks closely. */
const WATCH_MS = 10 * MINUTE;
/** Resource Graph may be barred, or lack what is asked of it, where the plain lists work. */
const REFUSED: ReadonlySet<string> = new Set(['denied', 'malformed']);

export function inventoryOf(
  manager: Manager,
  login: Login,
  surroundings: Surroundings,
  settings: Settings,
): Inventory {
  const { clock, user } = surroundings;
  const { account } = manager;
  const { subscription } = optionsOf(account);
  const sizes = sizesOf(manager, clock);
  const launches = launchesOf(manager, clock);
  const watched = new Map<string, Instant>();
  let sets: Row[] = [];
  let seen: Node[] = [];
  let read = false;
  let caller: Caller | undefined;

  const identify = async (): Promise<Caller | undefined> => {
    caller = callerIn(await login.tokens.get(account.id)) ?? caller;
    return caller;
  };
  const own = (evidence: Evidence) => ownershipOf(evidence, caller, user, settings);
  const isCaller = (id: string) => (caller?.names.includes(id) ? caller.name : undefined);
  const asNode = (one: Seen): Node => {
    const launch = launches.of(one.row.id);
    return toNode(one, {
      account: account.id,
      facts: sizes.of(one.size),
      launch,
      ownership: own(evidenceOf(one, launch)),
    });
  };

  /** By the graph, or where that is not to be had, by the lists of each subscription. */
  async function rows(parts: Parts, signal: AbortSignal): Promise<Row[]> {
    try {
      return await login.machines(subscription, signal);
    } catch (error) {
      if (!(error instanceof SourceError) || !REFUSED.has(error.kind)) throw error;
      const all = subscription ? [subscription] : await listSubscriptions(manager, signal);
      const lists = await Promise.all(all.map((one) => listMachines(manager, one, signal)));
      parts.failures.push(error);
      return lists.flat();
    }
  }

  /** The rows of what was ordered to stop, as they are this moment. */
  async function upToDate(stale: readonly Row[], signal: AbortSignal): Promise<Row[]> {
    const fresh = await Promise.all(
      stale.map(async (row) => {
        const until = watched.get(row.id.toLowerCase());
        if (until === undefined) return row;
        if (until < clock.now()) watched.delete(row.id.toLowerCase());
        const now = await readMachine(manager, row.id, signal);
        return now && { ...now, subscriptionId: row.subscriptionId };
      }),
    );
    return fresh.flatMap((row) => row ?? []);
  }

  async function learn(machines: readonly Seen[], parts: Parts, signal: AbortSignal) {
    const places = new Map(machines.map(({ row }) => [row.location, partsOf(row.id).subscription]));
    for (const [location, where] of places)
      await parts.read(true, () => sizes.learn(location, where, signal));
    const alone = machines.filter(({ row, scaleSet }) => row.type === TYPES.machine && !scaleSet);
    await parts.read(true, () =>
      launches.learn(
        alone.map((one) => ({
          id: one.row.id,
          createdAt: createdAt(one),
          running: one.power !== 'deallocated' && one.power !== 'deallocating',
        })),
        signal,
      ),
    );
  }

  const inventory: Inventory = {
    sizes,
    toNode: asNode,
    lastSeen: () => seen,
    known: async (signal) => (read ? seen : (await inventory.refresh(signal)).nodes),
    ownershipOf: own,
    caller: identify,
    isCaller,
    ordered: (ids) => {
      for (const id of ids) watched.set(id.toLowerCase(), clock.now() + WATCH_MS);
    },

    async refresh(signal) {
      const parts = new Parts();
      await identify();
      const all = await upToDate(await rows(parts, signal), signal);
      sets = all.filter(({ type }) => type === TYPES.scaleSet);
      const machines = machinesIn(all);
      await learn(machines, parts, signal);
      const nodes = machines.map(asNode);
      const learned = await Promise.all(
        all
          .filter(({ type }) => type === TYPES.workspace)
          .map((workspace) =>
            parts.read(true, () =>
              readWorkspace(
                manager,
                {
                  account: account.id,
                  workspace,
                  now: clock.now(),
                  learn: async (region) => {
                    const where = partsOf(workspace.id).subscription;
                    await parts.read(true, () => sizes.learn(region, where, signal));
                  },
                  sizeOf: sizes.of,
                  ownershipOf: own,
                  isCaller,
                },
                signal,
              ),
            ),
          ),
      );
      const ml = learned.flatMap((one) => one ?? []);
      const instances = ml
        .flatMap((one) => one.nodes)
        .filter(({ labels }) => labels['azure:kind'] === 'ComputeInstance');
      read = true;
      seen = [...nodes, ...ml.flatMap((one) => one.nodes)];
      return {
        nodes: [...seen],
        jobs: [...jobsOf([...nodes, ...instances], account.id), ...ml.flatMap((one) => one.jobs)],
        failures: parts.failures,
      };
    },

    async find(id, signal) {
      const row = await readMachine(manager, id, signal);
      if (!row) return undefined;
      await identify();
      return machinesIn([{ ...row, subscriptionId: partsOf(row.id).subscription }, ...sets])[0];
    },
  };
  return inventory;
}
