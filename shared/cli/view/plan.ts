import type { JobView } from '../../model/snapshot.ts';
import type { StopPlan } from '../../model/stop.ts';
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
    ...section('Gone for good:', plan.loses, 'critical'),
    ...section('Stays, and may go on costing money:', plan.keeps),
    ...(plan.reversible ? [[say('It can be started again.', 'quiet')]] : []),
    ...indent(
      wrap(plan.equivalent, room - 13, 'quiet'),
      [say(' '.repeat(13))],
      [say('The same as: ', 'quiet')],
    ),
  ];
  return indent(lines, [say('  ')]);
}
