import { lastWeek } from '../economics/week.ts';
import { formatMoney } from '../model/money.ts';
import { HOUR, startOfLocalDay } from '../model/time.ts';
import type { Finding, Rule, Scene } from './rule.ts';

/** Said at nine on Monday, or whenever the machine is on that day. */
const HOUR_OF_DAY = 9;

/**
 * `weekly`: on Monday morning, what last week cost, how much of it did no work, and what stops have
 * saved. One note, which goes the way of all alerts; `off: [weekly]` turns it off.
 */
export function weeklyRule(): Rule {
  return { id: 'weekly', evaluate: (scene) => noteOf(scene) ?? [] };
}

function noteOf({ now, week }: Scene): Finding[] | undefined {
  const today = startOfLocalDay(now);
  if (new Date(now).getDay() !== 1 || now < today + HOUR_OF_DAY * HOUR || !week) return undefined;
  const span = lastWeek(now);
  const { spent, wasted, saved, worst } = week(span);
  if (spent <= 0) return undefined;
  const share = Math.round((wasted / spent) * 100);
  const names = worst.map(({ name, micros }) => `${name} (${formatMoney(micros)})`).join(', ');
  const finding: Finding = {
    subject: `week:${localDay(span.from)}`,
    subjectKind: 'account',
    severity: 'info',
    title: `Last week cost ${formatMoney(spent)}; ${formatMoney(wasted)} of it did no work`,
    detail: [
      wasted > 0
        ? `That is ${share}%, most of it by ${names}.`
        : 'Nothing was idle, stalled or waiting.',
      saved > 0 ? `Stops have saved ${formatMoney(saved)}.` : '',
      'burnrate report --since 7d says more.',
    ]
      .filter(Boolean)
      .join(' '),
    evidence: [
      { label: 'spent', value: formatMoney(spent) },
      { label: 'did no work', value: `${formatMoney(wasted)} (${share}%)` },
      { label: 'saved by stops', value: formatMoney(saved) },
    ],
    microsPerHour: 0,
    since: today + HOUR_OF_DAY * HOUR,
    holdMs: 0,
  };
  return [finding];
}

/** `2026-11-16` */
function localDay(at: number): string {
  const day = new Date(at);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
