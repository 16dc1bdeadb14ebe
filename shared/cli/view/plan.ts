import { formatMoney } from '../../model/money.ts';
import type { JobView } from '../../model/snapshot.ts';
import type { Stop, StopPlan } from '../../model/stop.ts';
import { rate } from './figures.ts';
import { indent, type Line, say, type Tone, wrap } from './text.ts';

/** What a stop would do, before it is done: what goes for good, what stays and costs on. */
export function planLines(job: JobView, plan: StopPlan, width: number): Line[] {
  const room = width - 2;
  const section = (title: string, items: readonly string[], tone?: Tone): Line[] =>
    items.length === 0
      ? []
      : [
          [say(title, 'quiet')],
          ...items.flatMap((item) =>
            indent(wrap(item, room - 4, tone), [say('    ')], [say('  – ')]),
          ),
        ];
  const lines: Line[] = [
    [say(`Stop ${job.name}? `, 'strong'), ...rate(job.rate)],
    ...wrap(plan.action, room),
    ...section('Lost for good:', plan.loses, 'critical'),
    ...section('Stays, and may go on costing money:', plan.keeps),
    ...(plan.reversible ? [[say('It can be started again.', 'quiet')]] : []),
    ...indent(
      wrap(plan.equivalent, room - 18, 'quiet'),
      [say(' '.repeat(18))],
      [say('The same by hand: ', 'quiet')],
    ),
  ];
  return indent(lines, [say('  ')]);
}

/** What is said when the provider has confirmed the end of a job. */
export function stoppedText({ jobName, microsPerHour }: Stop): string {
  const saves = microsPerHour > 0 ? ` It saves ${formatMoney(microsPerHour)} per hour.` : '';
  return `${jobName} has stopped.${saves}`;
}
