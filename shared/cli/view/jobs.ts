import { formatMoney } from '../../model/money.ts';
import type { JobView, Snapshot } from '../../model/snapshot.ts';
import { formatDuration, type Instant, MINUTE } from '../../model/time.ts';
import { UNITS } from '../../model/unit.ts';
import { wasteSum } from '../../model/waste.ts';
import { activityLine, bar, figure, LOW, percent, rate } from './figures.ts';
import { type Table, table } from './table.ts';
import { type Line, type Span, say, type Tone } from './text.ts';

const SPARKLINE = 12;
const BAR = 8;
/** A reading older than this is shown with its age. */
const FRESH_MS = 2 * MINUTE;

export interface JobTableOptions {
  snapshot: Snapshot;
  width: number;
  /** The id of the row that is selected. */
  selected?: string | undefined;
  /** Whether to show each job's id, by which it can be told from others of its name. */
  ids?: boolean;
}

/** Jobs as a table: what runs, how busy it is, and what it costs. */
export function jobTable(jobs: readonly JobView[], options: JobTableOptions): Table {
  const { snapshot, width, selected, ids } = options;
  const troubles = troubleOf(snapshot);
  const others = jobs.some((job) => !job.mine);
  return table(
    jobs,
    [
      {
        title: '   JOB',
        shrinksTo: 18,
        cell: (job) => [
          job.id === selected ? say('❯', 'flame') : say(' '),
          mark(job, troubles.get(job.id)),
          say(` ${job.name}`, nameTone(job, job.id === selected)),
        ],
      },
      {
        title: 'OWNER',
        rank: 4,
        shrinksTo: 6,
        cell: (job) => (others && job.owner ? [say(job.owner, 'quiet')] : []),
      },
      { title: 'ACTIVITY', rank: 1, cell: (job) => activity(job, snapshot.at) },
      {
        title: '',
        rank: 6,
        cell: ({ state, activity: share }) =>
          share === undefined || state !== 'running' ? [] : bar(share, BAR),
      },
      {
        title: 'GPUS',
        align: 'right',
        rank: 2,
        cell: (job) => (job.gpus > 0 ? [say(String(job.gpus))] : []),
      },
      { title: 'RATE', align: 'right', cell: rateCell },
      {
        title: 'TODAY',
        align: 'right',
        rank: 3,
        cell: (job) => (job.state === 'pending' ? [] : figure(job.today)),
      },
      { title: 'PER UNIT', align: 'right', rank: 5, cell: unitCell },
      {
        title: 'WASTED',
        align: 'right',
        rank: 4,
        cell: ({ waste }) => (waste ? [say(formatMoney(wasteSum(waste)), 'warning')] : []),
      },
      { title: 'ID', rank: 5, cell: (job) => (ids ? [say(job.id, 'quiet')] : []) },
    ],
    width,
  );
}

/** What a unit of the job's own work costs lately: of the first that it counts. */
function unitCell({ units = [] }: JobView): Line {
  for (const { counter, micros } of units) {
    if (micros === undefined) continue;
    return [say(formatMoney(micros)), say(` /${UNITS[counter].name}`, 'quiet')];
  }
  return [];
}

/** Mine before others', what runs before what has ended, the dearest first. */
export function inOrder(jobs: readonly JobView[]): JobView[] {
  const rank = (job: JobView) => (job.state === 'ended' ? 4 : 0) + (job.mine ? 0 : 2);
  return [...jobs].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      b.rate.micros - a.rate.micros ||
      (b.endedAt ?? 0) - (a.endedAt ?? 0) ||
      a.name.localeCompare(b.name, undefined, { numeric: true }) ||
      a.id.localeCompare(b.id),
  );
}

type Severity = Snapshot['alerts'][number]['severity'];

function troubleOf({ alerts }: Snapshot): Map<string, Severity> {
  const firing = alerts.filter(({ state }) => state === 'firing');
  return new Map(firing.map(({ subject, severity }) => [subject, severity]));
}

/** Colour says it and shape says it: neither is needed to read the other. */
function mark(job: JobView, trouble: Severity | undefined): Span {
  if (trouble) return say('▲', trouble === 'critical' ? 'critical' : 'warning');
  switch (job.state) {
    case 'running':
      return say('●', 'good');
    case 'pending':
      return say('○', 'quiet');
    case 'stopping':
      return say('◌', 'warning');
    case 'ended':
      return say('·', 'quiet');
  }
}

function nameTone(job: JobView, selected: boolean): Tone | undefined {
  if (selected) return 'strong';
  return job.state === 'ended' || !job.mine ? 'quiet' : undefined;
}

function activity(job: JobView, now: Instant): Line {
  if (job.state !== 'running') return [say(stateOf(job, now), 'quiet')];
  if (job.activity === undefined) {
    return [say(job.gpus > 0 ? 'no telemetry' : 'no GPU', 'quiet')];
  }
  const shown: Span[] = [
    ...activityLine(job.recentActivity, SPARKLINE),
    say(` ${percent(job.activity).padStart(4)}`, job.activity < LOW ? 'warning' : undefined),
  ];
  const age = job.activityAt === undefined ? 0 : now - job.activityAt;
  if (age > FRESH_MS) shown.push(say(` ${formatDuration(age)} ago`, 'quiet'));
  return shown;
}

function stateOf(job: JobView, now: Instant): string {
  if (job.state === 'ended' && job.endedAt !== undefined) {
    return `ended ${formatDuration(now - job.endedAt)} ago`;
  }
  return job.state;
}

function rateCell(job: JobView): Line {
  if (job.state === 'pending' || job.state === 'ended') return [say('–', 'quiet')];
  return rate(job.rate, job.mine ? 'strong' : undefined);
}
