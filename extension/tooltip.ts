import { jobLine, type Readout, withProvenance } from '@burnrate/shared/faces/readout.ts';
import { formatMoney } from '@burnrate/shared/model/money.ts';
import type { JobView, Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { t } from './l10n.ts';
import { inMarkdown } from './text.ts';

/** The commands that links in tooltips may run, and no others. */
export const TOOLTIP_COMMANDS = ['burnrate.showPanel', 'burnrate.stopJob', 'burnrate.showLog'];

const MOST_JOBS = 8;
const MOST_REASONS = 4;

/** The status bar's tooltip, as Markdown: the sums, why it is coloured, and the dearest jobs. */
export function tooltipOf(snapshot: Snapshot | undefined, readout: Readout, why?: string): string {
  if (!snapshot) {
    const reasons = [...readout.reasons, ...(why ? [why] : [])].map((text) =>
      inMarkdown(text, 400),
    );
    return [...reasons, commandLink('burnrate.showLog', t('Show the log'))].join('\n\n');
  }
  const running = snapshot.jobs
    .filter((job) => job.mine && job.state !== 'ended')
    .toSorted((a, b) => b.rate.micros - a.rate.micros);
  const sections = [
    `**${t('{0} per hour', inMarkdown(withProvenance(snapshot.rate)))}** · ${t('{0} today', inMarkdown(withProvenance(snapshot.today)))}`,
    wasteOf(snapshot),
    ...readout.reasons
      .slice(0, MOST_REASONS)
      .map((reason) => `$(warning) ${inMarkdown(reason, 200)}`),
    running.length > 0 ? tableOf(running) : t('No job of yours is running.'),
    running.length > MOST_JOBS ? t('and {0} more', running.length - MOST_JOBS) : '',
    commandLink('burnrate.showPanel', t('Open the panel')),
  ];
  return sections.filter(Boolean).join('\n\n');
}

function wasteOf({ wastedToday, savedToday }: Snapshot): string {
  const parts = [
    wastedToday > 0 ? t('{0} wasted today', formatMoney(wastedToday)) : '',
    savedToday > 0 ? t('{0} saved by stopping', formatMoney(savedToday)) : '',
  ];
  return inMarkdown(parts.filter(Boolean).join(' · '));
}

function tableOf(jobs: readonly JobView[]): string {
  const rows = jobs.slice(0, MOST_JOBS).map((job) => {
    const name = commandLink('burnrate.showPanel', inMarkdown(job.name, 40), job.id);
    const stop = job.stoppable ? commandLink('burnrate.stopJob', t('Stop'), job.id) : '';
    return `| ${name} | ${inMarkdown(jobLine(job))} | ${stop} |`;
  });
  return ['| | | |', '|:--|:--|:--|', ...rows].join('\n');
}

/** `label` is Markdown already; the argument is data, and stays it. */
function commandLink(command: string, label: string, argument?: string): string {
  const query =
    argument === undefined ? '' : `?${encodeURIComponent(JSON.stringify([{ jobId: argument }]))}`;
  return `[${label}](command:${command}${query.replace(/[()']/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`)})`;
}
