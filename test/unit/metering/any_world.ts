import type { Job, Share } from '@burnrate/shared/model/job.ts';
import type { Node } from '@burnrate/shared/model/node.ts';
import { type Instant, MINUTE } from '@burnrate/shared/model/time.ts';
import fc from 'fast-check';
import { type Report, WatchOver } from '../collector/watch_over.ts';
import { jobOf, nodeOf, START } from './given.ts';

/**
 * One machine's money, seen at up to four levels: an EC2 instance, which SkyPilot launched, which
 * is a node of Kubernetes, on which pods, Slurm jobs and processes run. Every source names it as it
 * pleases, and any of them may be missing, or be set up later than others.
 */
export const GPUS = 8;
export const TICKS = 5;
/** Micro-dollars: each piece of time between two changes may round one up. */
export const ROUNDING = 100;
export const END = START + TICKS * 20 * MINUTE;

/** How the sources see machines, and the level of what they tell of. */
export const SOURCES = {
  aws: { account: 'aws:dev', level: 'machine', scheduled: false },
  skypilot: { account: 'skypilot:local', level: 'cluster', scheduled: false },
  kubernetes: { account: 'kubernetes:prod', level: 'scheduler', scheduled: true },
  slurm: { account: 'slurm:lab', level: 'scheduler', scheduled: true },
  local: { account: 'local:this', level: 'process', scheduled: false },
} as const;
type SourceId = keyof typeof SOURCES;
export const sourceIds = Object.keys(SOURCES) as SourceId[];

/** Every name that machine number `index` has. */
function namesOf(index: number): string[] {
  return [
    `i-0123456789abcde${index}0`,
    `aws:///us-east-1a/i-0123456789abcde${index}0`,
    `10.0.0.${index + 5}`,
    `ip-10-0-0-${index + 5}.ec2.internal`,
    `ec2-3-4-5-${index + 6}.compute-1.amazonaws.com`,
    `ip-10-0-0-${index + 5}`,
  ];
}
const address = (index: number) => `10.0.0.${index + 5}`;
const idAt = (source: SourceId, index: number) => `${SOURCES[source].account}:m${index}`;

interface View {
  source: SourceId;
  /** The tick at which it is set up. */
  since: number;
  /** Which of the machine's names it knows. */
  names: string[];
  /** Whether it knows the price, which is the same for all. */
  priced: boolean;
}

interface Machine {
  microsPerHour: number;
  views: View[];
}

/** What a job holds from each tick on; of a machine that it does not hold, nothing. */
export interface Work {
  source: SourceId;
  mine: boolean;
  starts: number;
  /** By tick: machine and GPUs, the whole machine where no number is given. */
  holds: { machine: number; gpus: number | undefined; named: boolean }[][];
}

export const tick = fc.integer({ min: 0, max: TICKS - 1 });

export function anyViews(index: number): fc.Arbitrary<View[]> {
  return fc
    .subarray(sourceIds, { minLength: 1 })
    .chain((present) =>
      fc.tuple(
        ...present.map((source) =>
          fc.record({
            source: fc.constant(source),
            since: tick,
            names: fc.subarray(namesOf(index), { minLength: 1 }),
            priced: fc.boolean(),
          }),
        ),
      ),
    )
    .map((views) => {
      // The cloud knows all names. Without it, what shares no name cannot be known to be one.
      const cloud = views.some(({ source }) => source === 'aws');
      return views.map((view) => ({
        ...view,
        priced: view.priced || view.source === 'aws',
        names:
          view.source === 'aws'
            ? namesOf(index)
            : [...new Set(cloud ? view.names : [...view.names, address(index)])],
      }));
    });
}

const anyWork = (machines: number): fc.Arbitrary<Work> =>
  fc.record({
    source: fc.constantFrom(...sourceIds),
    mine: fc.boolean(),
    starts: tick,
    holds: fc.array(
      fc.uniqueArray(
        fc.record({
          machine: fc.integer({ min: 0, max: machines - 1 }),
          gpus: fc.option(fc.integer({ min: 0, max: GPUS }), { nil: undefined }),
          named: fc.boolean(),
        }),
        { minLength: 1, maxLength: machines, selector: ({ machine }) => machine },
      ),
      { minLength: TICKS, maxLength: TICKS },
    ),
  });

export const anyWorld = fc.integer({ min: 1, max: 2 }).chain((count) =>
  fc.record({
    machines: fc.tuple(
      ...Array.from({ length: count }, (_, index) =>
        fc.record({
          microsPerHour: fc.integer({ min: 1_000_000, max: 99_000_000 }),
          views: anyViews(index),
        }),
      ),
    ),
    work: fc.array(anyWork(count), { maxLength: 5 }),
    order: fc.shuffledSubarray(sourceIds, { minLength: sourceIds.length }),
  }),
);

function nodeSeen(view: View, machine: Machine, index: number): Node {
  const { account, scheduled } = SOURCES[view.source];
  const { owner: _, ...plain } = nodeOf();
  // Of a type that no catalogue has a price for.
  const key = { provider: 'aws', instanceType: 'none.8xlarge', region: 'us-east-1' };
  return {
    ...plain,
    id: idAt(view.source, index),
    source: view.source,
    account,
    name: `m${index}.${view.source}`,
    aliases: view.names,
    gpus: { count: GPUS },
    billing: { incrementMs: 1, minimumMs: 0 },
    mine: false,
    ...(scheduled && { scheduled }),
    ...((view.source === 'aws' || view.source === 'skypilot') && {
      priceKey: { ...key, market: 'on-demand' },
    }),
    ...(view.priced && {
      rate: {
        microsPerHour: machine.microsPerHour,
        provenance: 'quoted',
        basis: 'test',
        asOf: START,
      },
    }),
  };
}

function jobSeen(work: Work, number: number, at: number): Job | undefined {
  const { account, level } = SOURCES[work.source];
  const held = work.holds[at];
  if (at < work.starts || !held) return undefined;
  const shares = held.map(({ machine, gpus, named }): Share => {
    const indexes = Array.from({ length: gpus ?? 0 }, (_, index) => index);
    return {
      node: idAt(work.source, machine),
      ...(gpus !== undefined && { gpus }),
      ...(named && gpus && { gpuIndexes: indexes }),
    };
  });
  return jobOf({
    id: `${account}:${number}`,
    source: work.source,
    account,
    level,
    mine: work.mine,
    owner: work.mine ? 'ada' : 'bob',
    startedAt: instantOf(work.starts),
    shares,
  });
}

export const instantOf = (at: number): Instant => START + at * 20 * MINUTE + 7;

interface World {
  machines: readonly Machine[];
  work: readonly Work[];
  order: readonly SourceId[];
}

/** What each source that is set up by then reports at a tick, in the order in which they answer. */
function reportsAt({ machines, work, order }: World, at: number): Record<string, Report> {
  const reports: Record<string, Report> = {};
  for (const source of order) {
    const nodes = machines.flatMap((machine, index) =>
      machine.views
        .filter((view) => view.source === source && view.since <= at)
        .map((view) => nodeSeen(view, machine, index)),
    );
    const jobs = work.flatMap((one, number) =>
      one.source === source ? (jobSeen(one, number, at) ?? []) : [],
    );
    if (nodes.length > 0) reports[SOURCES[source].account] = { nodes, jobs };
  }
  return reports;
}

export function watched(world: World): WatchOver {
  const watch = new WatchOver(START);
  for (let at = 0; at < TICKS; at += 1) watch.see(reportsAt(world, at), instantOf(at));
  watch.see(reportsAt(world, TICKS - 1), END);
  return watch;
}

/** The charges of a machine, by whichever of its ids they are. */
export function chargesOf(watch: WatchOver, index: number) {
  const ids = new Set(sourceIds.map((source) => idAt(source, index)));
  return watch.charges().filter(({ nodeId }) => ids.has(nodeId));
}
