import { type Ceiling, ceilingOf } from '../alerts/ceiling.ts';
import { forecastOf } from '../alerts/forecast.ts';
import { formatFigure } from '../faces/readout.ts';
import type { BudgetView } from '../model/budget_view.ts';
import { formatMoney } from '../model/money.ts';
import { addFigures, type Figure } from '../model/rate.ts';
import type { JobView } from '../model/snapshot.ts';
import type { Instant } from '../model/time.ts';
import type { LanguageScene } from './features.ts';
import { inMarkdown } from './words.ts';

/** Of more jobs than this the rest is counted. */
const MOST_JOBS = 5;

/** How far a budget of burnrate.yaml is spent, by its name, in Markdown. */
export function budgetFacts(name: string, scene: LanguageScene): string {
  const budget = scene.budgets.find((one) => one.name === name);
  if (!budget) return 'Not in force: it is once the file is saved without a mistake.';
  const ceiling = ceilingOf(budget);
  const meant = scene.jobs.filter(ceiling.isMeant);
  const view = scene.spent.find((one) => one.name === name);
  if (view) return ofPeriod(view, meant, scene.market.now);
  const running = meant.filter(({ state }) => state === 'running');
  if (running.length === 0) return 'No job runs under it now.';
  return listed(running, (job) => {
    const figure = ceiling.span === 'hour' ? job.rate : job.total;
    return `${sumOf(figure)} of ${formatMoney(ceiling.limit)}${perHour(ceiling)} (${percent(figure.micros, ceiling.limit)})`;
  });
}

/** Jobs, one a line, each with what is said of it. */
export function listed(jobs: readonly JobView[], say: (job: JobView) => string): string {
  const lines = jobs.slice(0, MOST_JOBS).map((job) => `- ${inMarkdown(job.name)}: ${say(job)}`);
  const rest = jobs.length - lines.length;
  return [...lines, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n');
}

/** `$32.77 (list)`: no sum without where it comes from. */
export function sumOf(figure: Figure, per = ''): string {
  const { provenance } = figure;
  return `${formatFigure(figure)}${per}${provenance ? ` (${provenance})` : ''}`;
}

function ofPeriod(
  { span, ceiling, spentMicros, microsPerHour }: BudgetView,
  jobs: readonly JobView[],
  now: Instant,
): string {
  const when = span === 'day' ? 'today' : 'this month';
  const { provenance } = addFigures(jobs.map((job) => (span === 'day' ? job.today : job.total)));
  const left = ceiling - spentMicros;
  const rest = left >= 0 ? `${formatMoney(left)} left` : `${formatMoney(-left)} over it`;
  const prices = provenance ? ` · prices of its jobs: ${provenance}` : '';
  const lines = [
    `**${formatMoney(spentMicros)}** of ${formatMoney(ceiling)} spent ${when} (${percent(spentMicros, ceiling)}) · ${rest} · ${formatMoney(microsPerHour)}/h now${prices}`,
  ];
  const forecast = forecastOf(span, { spent: spentMicros, microsPerHour }, now);
  if (forecast) lines.push(`${forecast.basis} it comes to **${formatMoney(forecast.micros)}**.`);
  return lines.join('\n\n');
}

function perHour({ span }: Ceiling): string {
  return span === 'hour' ? '/h' : '';
}

function percent(part: number, whole: number): string {
  return `${Math.round((part / whole) * 100)}%`;
}
