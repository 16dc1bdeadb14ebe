import { DAY, HOUR, MINUTE, SECOND } from '../model/time.ts';
import type { Ask, GpuNeed, Limit, Need, Remark, Span } from './ask.ts';

interface Directive {
  name: string;
  value: string;
  at: Span;
}

/** Short options of sbatch that matter here. */
const LONG: Readonly<Record<string, string>> = {
  N: 'nodes',
  n: 'ntasks',
  t: 'time',
  p: 'partition',
  J: 'job-name',
  G: 'gpus',
  a: 'array',
};

/** What stands between the components of a heterogeneous job, by its name now and before. */
const SEPARATORS: ReadonlySet<string> = new Set(['hetjob', 'packjob']);

/** Whether a script is one for sbatch. */
export function isSlurmScript(text: string): boolean {
  return text.startsWith('#!') && /^#SBATCH\s/m.test(text);
}

/**
 * What an sbatch script asks for; undefined where it asks for no GPU. Directives stand before the
 * first command (https://slurm.schedmd.com/sbatch.html).
 */
export function slurmAsk(text: string): Ask | undefined {
  const components = componentsIn(directivesIn(text));
  const [need, ...beside] = components.flatMap((options) => needOf(options) ?? []);
  const [options] = components;
  const [first] = options ?? [];
  if (!need || !options || !first) return undefined;
  const time = last(options, 'time');
  const ms = time && durationOf(time.value);
  const name = last(options, 'job-name')?.value;
  return {
    source: 'slurm',
    ...(name && { name }),
    ...need,
    ...(beside.length > 0 && { beside }),
    ...(time && ms !== undefined && { limit: limitOf(time, ms, text) }),
    launch: ['sbatch', 'FILE'],
    remarks: time ? [] : [noLimit(first)],
  };
}

/**
 * Of a heterogeneous job each component has options of its own
 * (https://slurm.schedmd.com/heterogeneous_jobs.html).
 */
function componentsIn(directives: readonly Directive[]): Directive[][] {
  const components: Directive[][] = [[]];
  for (const one of directives) {
    if (SEPARATORS.has(one.name)) components.push([]);
    else components.at(-1)?.push(one);
  }
  return components;
}

function last(options: readonly Directive[], name: string): Directive | undefined {
  return options.findLast((one) => one.name === name);
}

/** The GPUs of one component, and where it asks for them; undefined where it asks for none. */
function needOf(options: readonly Directive[]): (Need & { at: Span }) | undefined {
  const asked = gpusAsked(options);
  if (!asked) return undefined;
  const { gpus, workers, at } = asked;
  const array = elementsOf(last(options, 'array')?.value);
  const partition = last(options, 'partition')?.value;
  return {
    at,
    gpus,
    workers: workers * (array?.atOnce ?? 1),
    ...(array && { runs: workers * array.count }),
    ...(partition && { partition }),
    market: 'on-demand',
  };
}

function limitOf({ value, at }: Directive, ms: number, text: string): Limit {
  const line = text.slice(at.from, at.to);
  return {
    ms,
    said: `--time=${value}`,
    rewritten: (other) => ({
      at,
      text: line.replace(value, durationText(other)),
      said: `--time=${durationText(other)}`,
    }),
  };
}

/** `1-02:30:00`, `02:30:00`: down to the minute. */
function durationText(ms: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const days = Math.floor(ms / DAY);
  const clock = `${two((ms % DAY) / HOUR)}:${two((ms % HOUR) / MINUTE)}:00`;
  return days > 0 ? `${days}-${clock}` : clock;
}

function noLimit(first: Directive): Remark {
  const { to } = first.at;
  return {
    at: first.at,
    severity: 'information',
    code: 'no-time-limit',
    message: 'No time limit: a job that hangs costs money until the partition’s limit ends it.',
    fix: {
      title: 'Add a time limit of 24 hours',
      at: { from: to, to },
      text: '\n#SBATCH --time=24:00:00',
    },
  };
}

function directivesIn(text: string): Directive[] {
  const directives: Directive[] = [];
  let from = 0;
  for (const line of text.split('\n')) {
    const bare = line.replace(/\r$/, '');
    if (!/^\s*(#|$)/.test(bare)) break;
    const at = { from, to: from + bare.length };
    const words = /^#SBATCH\s+(.*?)(?:\s+#.*)?$/.exec(bare)?.[1]?.split(/\s+/) ?? [];
    if (SEPARATORS.has(words[0] ?? '')) directives.push({ name: words[0] ?? '', value: '', at });
    for (let index = 0; index < words.length; index += 1) {
      const [, long, value] = /^--([\w-]+)(?:=(.*))?$/.exec(words[index] ?? '') ?? [];
      const [, short = '', joined] = /^-(\w)(.*)$/.exec(words[index] ?? '') ?? [];
      const name = long ?? LONG[short];
      if (name === undefined) continue;
      directives.push({ name, value: unquoted(value || joined || (words[++index] ?? '')), at });
    }
    from += line.length + 1;
  }
  return directives;
}

function unquoted(text: string): string {
  return text.replace(/^(['"])(.*)\1$/, '$2');
}

/** GPUs by machine where they are asked for by machine, else all of them as one. */
function gpusAsked(
  options: readonly Directive[],
): { gpus: GpuNeed; workers: number; at: Span } | undefined {
  const number = (name: string) => firstNumber(last(options, name)?.value);
  const [tasks, perNode] = [number('ntasks'), number('ntasks-per-node')];
  const nodes = number('nodes') ?? (tasks && perNode ? Math.ceil(tasks / perNode) : 1);
  for (const [name, workers] of [
    ['gres', nodes],
    ['gpus-per-node', nodes],
    ['gpus', 1],
    ['gpus-per-task', tasks ?? nodes * (perNode ?? 1)],
  ] as const) {
    const directive = last(options, name);
    const gpus = directive && gpusIn(directive.value, name === 'gres');
    if (directive && gpus) return { gpus, workers, at: directive.at };
  }
  return undefined;
}

/** `gpu:a100:8`, `gpu:2`, `a100:8`, `8`. */
function gpusIn(value: string, named: boolean): GpuNeed | undefined {
  for (const part of value.split(',')) {
    const fields = part
      .replace(/\(.*$/, '')
      .replace(/^gres[/:]/, '')
      .split(':');
    if (named && fields.shift() !== 'gpu') continue;
    const counted = /^\d+$/.test(fields.at(-1) ?? '');
    const count = counted ? Number(fields.pop()) : 1;
    const model = fields.join(':');
    if (count > 0) return { count, ...(model && { model }) };
  }
  return undefined;
}

/** The least of `4`, `2-8`, `2-8:2`. */
function firstNumber(value: string | undefined): number | undefined {
  const number = Number.parseInt(value ?? '', 10);
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

/**
 * `minutes`, `minutes:seconds`, `hours:minutes:seconds`, `days-hours`, `days-hours:minutes`,
 * `days-hours:minutes:seconds`; undefined for `UNLIMITED` and what is none of these.
 */
export function durationOf(value: string): number | undefined {
  const [, days, rest = ''] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/.exec(value) ?? [];
  if (rest === '') return undefined;
  const [a = 0, b = 0, c = 0] = rest.split(':').map(Number);
  if (days !== undefined) return Number(days) * DAY + a * HOUR + b * MINUTE + c * SECOND;
  const parts = rest.split(':').length;
  return parts === 3 ? a * HOUR + b * MINUTE + c * SECOND : a * MINUTE + b * SECOND;
}

/** `0-15`, `1,3,5-7`, `0-15:4`, each also with `%4` at a time. */
function elementsOf(value: string | undefined): { count: number; atOnce: number } | undefined {
  if (value === undefined) return undefined;
  const [ranges = '', limit] = value.split('%');
  const count = ranges.split(',').reduce((sum, range) => {
    const [, from, to = from, step = '1'] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(range) ?? [];
    if (from === undefined) return sum;
    return sum + Math.max(0, Math.floor((Number(to) - Number(from)) / Number(step)) + 1);
  }, 0);
  if (count === 0) return undefined;
  return { count, atOnce: Math.min(count, firstNumber(limit) ?? count) };
}
