import type { Job, Share } from '../../model/job.ts';
import { DAY, HOUR, type Instant } from '../../model/time.ts';
import { type Entry, phaseOf } from './entry.ts';
import type { Person } from './shell.ts';

/** Where neither job nor partition has a limit, slurmctld sets one of a year. */
const NO_LIMIT_MS = 365 * DAY;

/** Which elements of an array wait can be a long list. */
const MAX_ELEMENTS = 30;

/** Who the user of Burnrate is on the cluster. */
export interface Me extends Person {
  /** Further names. */
  mine: readonly string[];
}

/**
 * The number by which Slurm and `scancel` know the job: `12`, `12_3` for an array's element; `12`
 * for those of its elements that still wait, and for a heterogeneous job as a whole.
 */
export function nativeIdOf({ id, array, hetId }: Entry): string {
  if (hetId !== undefined) return hetId;
  if (array === undefined) return id;
  return array.task === undefined ? array.id : `${array.id}_${array.task}`;
}

export function isMine(user: string, me: Me): boolean {
  return (
    user === me.name || (me.uid !== undefined && user === String(me.uid)) || me.mine.includes(user)
  );
}

/** The jobs that the entries are; those that ended more than an hour ago are left out. */
export function jobsOf(entries: readonly Entry[], account: string, me: Me, now: Instant): Job[] {
  return [...Map.groupBy(entries, nativeIdOf)]
    .map(([nativeId, parts]) => toJob(nativeId, parts, account, me))
    .filter(({ state, endedAt }) => state !== 'ended' || (endedAt ?? now) > now - HOUR);
}

/** A heterogeneous job has several parts, each with nodes of its own; any other has one. */
function toJob(nativeId: string, parts: readonly Entry[], account: string, me: Me): Job {
  const first = parts.find(({ id }) => id === nativeId) ?? parts[0];
  if (!first) throw new Error('a job has at least one entry');
  const phases = parts.map(phaseOf);
  const state =
    (['running', 'stopping', 'pending'] as const).find((one) => phases.includes(one)) ?? 'ended';
  const shares = state === 'pending' ? [] : parts.flatMap((part) => sharesOf(part, state));
  const starts = shares.length > 0 ? parts.flatMap(({ startedAt }) => startedAt ?? []) : [];
  const ends = parts.flatMap(({ endsAt }) => endsAt ?? []);
  const startedAt = starts.length > 0 ? Math.min(...starts) : undefined;
  const last = ends.length > 0 ? Math.max(...ends, startedAt ?? 0) : undefined;
  const limited =
    state === 'running' &&
    parts.some((part) => part.limited) &&
    (last ?? 0) - (startedAt ?? 0) < NO_LIMIT_MS;
  return {
    id: `${account}:${nativeId}`,
    source: 'slurm',
    account,
    nativeId,
    name: nameOf(first, nativeId),
    ...(first.user && { owner: first.user }),
    mine: parts.every(({ user }) => isMine(user, me)),
    level: 'scheduler',
    state,
    ...(startedAt !== undefined && { startedAt }),
    ...(state === 'ended' && last !== undefined && { endedAt: last }),
    ...(limited && last !== undefined && { limitAt: last }),
    shares,
    labels: {
      ...first.labels,
      slurmJob: first.id,
      slurmState: first.states.join(' ').toLowerCase(),
      ...(first.array?.waiting && { waiting: first.array.waiting }),
    },
  };
}

/** Elements of an array share its name: they are told apart as Slurm does. */
function nameOf({ name, array }: Entry, nativeId: string): string {
  const which = array?.task ?? array?.waiting;
  const element = which === undefined ? '' : ` [${which.slice(0, MAX_ELEMENTS)}]`;
  return `${name.trim() || `job ${nativeId}`}${element}`;
}

/**
 * What an entry holds of each node. Where Slurm tells no more than a sum it is taken to be spread
 * evenly. Nodes are named as Slurm names them: they are those of the same account first.
 */
function sharesOf(entry: Entry, state: Job['state']): Share[] {
  const { nodes, held, gpus, cores, endsAt } = entry;
  // A part of a heterogeneous job that has ended before the others.
  const to = state !== 'ended' && phaseOf(entry) === 'ended' ? endsAt : undefined;
  return nodes.map((node, index) => {
    const known = held?.[index];
    const count = known?.gpus?.count ?? (gpus ?? 0) / nodes.length;
    const cpus = known?.cores ?? (cores === undefined ? undefined : cores / nodes.length);
    const { indexes } = known?.gpus ?? {};
    return {
      node,
      ...(count > 0 && { gpus: count }),
      ...(count > 0 && indexes && { gpuIndexes: indexes }),
      ...(cpus !== undefined && cpus > 0 && { cores: cpus }),
      ...(to !== undefined && { to }),
    };
  });
}
