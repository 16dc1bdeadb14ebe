import { SNOOZE_MS } from '@burnrate/shared/faces/announcer.ts';
import { quietWord } from '@burnrate/shared/faces/quiet.ts';
import { jobLine, type Readout, withProvenance } from '@burnrate/shared/faces/readout.ts';
import { unitLines } from '@burnrate/shared/faces/units.ts';
import type { Alert } from '@burnrate/shared/model/alert.ts';
import type { JobView, Snapshot } from '@burnrate/shared/model/snapshot.ts';
import type { Stop } from '@burnrate/shared/model/stop.ts';
import { oneLine } from '@burnrate/shared/model/text.ts';
import { budgetLines, budgetMenu } from './budget_menu.ts';
import type { Deed } from './deed.ts';
import { updateLines } from './update_menu.ts';
import type { Updates } from './updates.ts';

/** One line of the tray's menu. A line without a deed or a submenu is to be read only. */
export interface MenuLine {
  label: string;
  does?: Deed;
  /** Makes it a checkbox. */
  checked?: boolean;
  submenu?: MenuItem[];
}
export type MenuItem = MenuLine | 'separator';

export interface MenuOptions {
  /** Undefined while no collector answers. */
  snapshot: Snapshot | undefined;
  readout: Readout;
  /** Undefined where the app cannot start at login: it is not installed. */
  startsAtLogin: boolean | undefined;
  /** Absent where the app is not updated by itself. */
  updates?: Pick<Updates, 'state' | 'daily' | 'allowed'>;
  locale?: string;
}

/** A menu longer than a screen is of no use; the window shows all of them. */
const MOST_JOBS = 15;
const MOST_ALERTS = 5;
const LONGEST = 60;

export function menuOf(options: MenuOptions): MenuItem[] {
  const { snapshot, startsAtLogin, updates } = options;
  const { found, asks } = updates ? updateLines(updates) : { found: [], asks: [] };
  return grouped([
    header(options),
    found,
    snapshot ? failedStops(snapshot) : [],
    snapshot ? alerts(snapshot) : [],
    snapshot ? jobs(snapshot, options.locale) : [],
    snapshot ? budgetLines(snapshot, options.locale) : [],
    [
      { label: 'Open Burnrate', does: { type: 'show' } },
      { label: 'Open in browser', does: { type: 'openInBrowser' } },
    ],
    [
      ...(startsAtLogin === undefined
        ? []
        : [
            {
              label: 'Start at login',
              checked: startsAtLogin,
              does: { type: 'startAtLogin', on: !startsAtLogin } as const,
            },
          ]),
      ...asks,
      { label: 'Quit Burnrate', does: { type: 'quit' } },
    ],
  ]);
}

function header({ snapshot, readout, locale }: MenuOptions): MenuItem[] {
  if (!snapshot) return [{ label: 'Burnrate: no connection' }, ...readout.reasons.map(asText)];
  const demo = snapshot.mode === 'demo' ? 'DEMO · ' : '';
  const notices = snapshot.notices.map(({ message }) => asText(message));
  return [
    { label: `${demo}${withProvenance(snapshot.rate, locale)} per hour` },
    { label: `${withProvenance(snapshot.today, locale)} today` },
    ...notices,
  ];
}

/** A stop that failed stays until it is tried again or dismissed. */
function failedStops({ stops }: Snapshot): MenuItem[] {
  return stops
    .filter(({ state, dismissedAt }) => state === 'failed' && dismissedAt === undefined)
    .map((stop: Stop) => ({
      label: labelOf(`✕ Stopping ${stop.jobName} failed`),
      submenu: [
        asText(stop.error ?? 'No reason was given.'),
        ...(stop.remedy === undefined ? [] : [asText(stop.remedy)]),
        'separator' as const,
        { label: 'Try again…', does: { type: 'stop' as const, jobId: stop.jobId } },
        { label: 'Dismiss', does: { type: 'dismissStop' as const, stopId: stop.id } },
      ],
    }));
}

function keepLine({ id }: Alert): MenuLine {
  return { label: 'Keep running', does: { type: 'keep', alertIds: [id] } };
}

function alerts(snapshot: Snapshot): MenuItem[] {
  const firing = snapshot.alerts.filter((alert) => alert.state === 'firing');
  const loud = firing.filter((alert) => !quietWord(alert, snapshot.at));
  const hours = Math.round(SNOOZE_MS / 3_600_000);
  const lines = loud.slice(0, MOST_ALERTS).map((alert): MenuItem => {
    const job = snapshot.jobs.find(({ id }) => id === alert.subject);
    return {
      label: labelOf(`⚠ ${alert.title}`),
      submenu: [
        asText(alert.detail),
        'separator',
        ...(alert.stops ? [keepLine(alert)] : []),
        ...(job?.stoppable ? [stopLine(job)] : []),
        { label: `Snooze for ${hours} h`, does: { type: 'snooze', alertIds: [alert.id] } },
        ...(job ? [showLine(job)] : []),
      ],
    };
  });
  return [
    ...withRest(lines, loud.length - MOST_ALERTS, 'alerts'),
    ...quietAlerts(firing, snapshot.at),
  ];
}

/** Those that were put off step back, and stay in sight. */
function quietAlerts(firing: readonly Alert[], now: number): MenuItem[] {
  const said = firing.flatMap((alert) => {
    const word = quietWord(alert, now);
    return word ? [`${word}: ${alert.title}`] : [];
  });
  if (said.length === 0) return [];
  const lines = said.slice(0, MOST_ALERTS).map(asText);
  const label = said.length === 1 ? '1 alert put off' : `${said.length} alerts put off`;
  return [{ label, submenu: withRest(lines, said.length - MOST_ALERTS, 'alerts') }];
}

function jobs(snapshot: Snapshot, locale: string | undefined): MenuItem[] {
  const live = snapshot.jobs
    .filter(({ state }) => state !== 'ended')
    .toSorted((a, b) => b.rate.micros - a.rate.micros || a.name.localeCompare(b.name));
  if (live.length === 0) return [{ label: 'No job is running' }];
  const lines = live.slice(0, MOST_JOBS).map((job): MenuItem => {
    const why = job.unstoppableBecause ?? 'it cannot be stopped from here';
    return {
      label: labelOf(job.name),
      submenu: [
        asText(jobLine(job, locale)),
        asText(`${withProvenance(job.total, locale)} so far`),
        ...unitLines(job, locale).map(asText),
        'separator',
        job.stoppable ? stopLine(job) : asText(`Cannot be stopped: ${why}`),
        ...(job.mine ? [budgetMenu(job, locale)] : []),
        showLine(job),
      ],
    };
  });
  return withRest(lines, live.length - MOST_JOBS, 'jobs');
}

function stopLine(job: JobView): MenuLine {
  return { label: 'Stop…', does: { type: 'stop', jobId: job.id } };
}

function showLine(job: JobView): MenuLine {
  return { label: 'Show', does: { type: 'show', jobId: job.id } };
}

function withRest(lines: MenuItem[], left: number, what: string): MenuItem[] {
  if (left <= 0) return lines;
  return [...lines, { label: `${left} more ${what}…`, does: { type: 'show' } }];
}

function asText(text: string): MenuLine {
  return { label: labelOf(text) };
}

/** One short line; `&` would mark the next letter as a key. */
function labelOf(text: string): string {
  return oneLine(text, LONGEST).replaceAll('&', '&&');
}

function grouped(groups: MenuItem[][]): MenuItem[] {
  return groups
    .filter((group) => group.length > 0)
    .flatMap((group, index): MenuItem[] => (index === 0 ? group : ['separator', ...group]));
}
