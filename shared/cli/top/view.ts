import { unitLines } from '../../faces/units.ts';
import type { AccountView, JobView, Snapshot } from '../../model/snapshot.ts';
import { formatDuration } from '../../model/time.ts';
import { accounts } from '../view/accounts.ts';
import { figure, plural } from '../view/figures.ts';
import { headline } from '../view/headline.ts';
import { jobTable } from '../view/jobs.ts';
import { leftoverTable } from '../view/leftovers.ts';
import { nodeTable } from '../view/nodes.ts';
import { planLines } from '../view/plan.ts';
import type { Table } from '../view/table.ts';
import { BLANK, cutLine, indent, type Line, say, spread, stacked, wrap } from '../view/text.ts';
import { troubles } from '../view/troubles.ts';
import { helpLines } from './help.ts';
import { announcedStop, type Over, rowsOf, selectedJob, type TopState } from './state.ts';

export interface Size {
  width: number;
  height: number;
}

const MARGIN: Line = [say(' ')];

/** The whole screen, in at most `height` lines of at most `width` columns. */
export function topView(state: TopState, { width, height }: Size): Line[] {
  const room = width - 2;
  const head = [titleLine(state, room)];
  const foot = footLines(state, room);
  const space = Math.max(0, height - head.length - foot.length);
  const body = bodyLines(state, { width: room, height: space }).slice(0, space);
  const filler = Array.from({ length: space - body.length }, () => BLANK);
  return indent([...head, ...body, ...filler, ...foot], MARGIN)
    .slice(0, height)
    .map((line) => cutLine(line, width));
}

function titleLine({ snapshot, connected }: TopState, width: number): Line {
  const title: Line = [say('burnrate', 'strong')];
  if (!snapshot) return title;
  const demo: Line =
    snapshot.mode === 'demo' ? [say('  DEMO', 'flame'), say(speed(snapshot), 'quiet')] : [];
  const clock = new Date(snapshot.at).toLocaleTimeString('en-GB');
  const right: Line = connected
    ? [say(clock, 'quiet')]
    : [say('reconnecting · as of ', 'warning'), say(clock, 'warning')];
  return spread([...title, ...demo], right, width);
}

function speed(snapshot: Snapshot): string {
  return snapshot.speed === 1
    ? ' a simulated fleet'
    : ` a simulated fleet, ${snapshot.speed}× as fast`;
}

function bodyLines(state: TopState, { width, height }: Size): Line[] {
  const { snapshot, over } = state;
  if (!snapshot) return [BLANK, [say('Reaching the collector ...', 'quiet')]];
  const sums = [...headline(snapshot, width, { brief: height < 10 }), BLANK];
  // A low terminal keeps its lines for the jobs.
  const top = height < 16 ? sums : [BLANK, ...sums];
  if (!over) return [...top, ...sections(state, snapshot, { width, height: height - top.length })];
  const lines = overLines(over, width);
  return top.length + lines.length > height ? cutDown(lines, height) : [...top, ...lines];
}

function overLines(over: Over, width: number): Line[] {
  switch (over.kind) {
    case 'help':
      return helpLines(width);
    case 'planning':
      return [[say(`Asking what stopping ${over.job.name} would do ...`, 'quiet')]];
    case 'plan':
      return planLines(over.job, over.plan, width);
  }
}

/** Troubles, jobs, nodes and accounts, each given the lines that the more important ones leave. */
function sections(state: TopState, snapshot: Snapshot, { width, height }: Size): Line[] {
  const rows = rowsOf(state);
  // What fails must be seen, whatever else there is to say.
  const failing = failingIn(snapshot).length;
  const reserved = failing > 0 ? Math.min(failing, 2) + 1 : 0;
  const fewest = Math.min(rows.length + 1, 4);
  const trouble = cutDown(troubles(snapshot, width), Math.max(1, height - fewest - 1 - reserved));
  let left = height - (trouble.length > 0 ? trouble.length + 1 : 0);
  const jobs = jobLines(state, snapshot, rows, { width, height: left - reserved });
  left -= jobs.length;
  const found = accountLines(snapshot, { width, height: left - 1 });
  if (found.length > 0) left -= found.length + 1;
  const nodes = restLines(nodeTable(snapshot, width), left - 1, 'node');
  if (nodes.length > 0) left -= nodes.length + 1;
  const leftovers = restLines(leftoverTable(snapshot, width), left - 1, 'leftover');
  return stacked([trouble, jobs, nodes, leftovers, found]);
}

function jobLines(state: TopState, snapshot: Snapshot, rows: JobView[], size: Size): Line[] {
  const { width, height } = size;
  if (rows.length === 0) {
    const nothing =
      snapshot.accounts.length > 0
        ? 'Nothing is running. A job appears here within a minute of its start.'
        : 'No account was found. `burnrate doctor` says where each source looked.';
    return wrap(nothing, width);
  }
  const drawn = jobTable(rows, { snapshot, width, selected: selectedJob(state)?.id });
  const visible = Math.max(1, Math.min(rows.length, height - 1));
  if (visible === rows.length) return [drawn.head, ...drawn.rows];
  const shown = Math.max(1, visible - 1);
  const at = Math.max(
    0,
    rows.findIndex(({ id }) => id === selectedJob(state)?.id),
  );
  const first = Math.max(0, Math.min(rows.length - shown, at - Math.floor(shown / 2)));
  const hidden = plural(rows.length - shown, 'more job');
  return [drawn.head, ...drawn.rows.slice(first, first + shown), [say(`   … ${hidden}`, 'quiet')]];
}

function failingIn({ accounts }: Snapshot): AccountView[] {
  return accounts.filter(({ state }) => state === 'failed' || state === 'stale');
}

/** With what to do where there is room for that; else a line each; else those that fail. */
function accountLines(snapshot: Snapshot, { width, height }: Size): Line[] {
  const full = accounts(snapshot, width);
  if (full.length <= height) return full;
  const all = accounts(snapshot, width, { brief: true });
  if (all.length <= height) return all;
  const failing = { ...snapshot, accounts: failingIn(snapshot) };
  return cutDown(accounts(failing, width, { brief: true }), height, 'account');
}

/** A table in what room is left; nothing where it is too little to say much. */
function restLines({ head, rows }: Table, height: number, what: string): Line[] {
  if (rows.length === 0 || height < Math.min(3, rows.length + 1)) return [];
  return [head, ...cutDown(rows, height - 1, what)];
}

/** At most so many lines; the last says how many are missing. */
function cutDown(lines: readonly Line[], height: number, what = 'line'): Line[] {
  if (lines.length <= height) return [...lines];
  if (height <= 1) return lines.slice(0, Math.max(0, height));
  const kept = lines.slice(0, height - 1);
  return [...kept, [say(`   … ${plural(lines.length - kept.length, `more ${what}`)}`, 'quiet')]];
}

function footLines(state: TopState, width: number): Line[] {
  const lines: Line[] = [BLANK];
  if (state.message) lines.push([say(state.message.text, state.message.tone)]);
  else if (state.snapshot && !state.over) lines.push(selectionLine(state, state.snapshot, width));
  if (state.page) lines.push([say('page ', 'quiet'), say(state.page)]);
  return [...lines, keys(state, width)];
}

/** What there is to know of the selected job besides its row. */
function selectionLine(state: TopState, { accounts, at }: Snapshot, width: number): Line {
  const job = selectedJob(state);
  if (!job) return BLANK;
  const facts = [accounts.find(({ id }) => id === job.account)?.title ?? job.account];
  if (!job.mine) facts.push(`of ${job.owner ?? 'an unknown owner'}`);
  if (job.state === 'running' && job.startedAt !== undefined) {
    facts.push(`for ${formatDuration(at - job.startedAt)}`);
  }
  facts.push(...unitLines(job));
  if (job.limitAt !== undefined && job.limitAt > at && job.state === 'running') {
    facts.push(`ends by itself in ${formatDuration(job.limitAt - at)}`);
  }
  if (!job.stoppable && job.state === 'running')
    facts.push(job.unstoppableBecause ?? 'cannot be stopped');
  return spread(
    [say(job.name, 'strong'), say(` · ${facts.join(' · ')}`, 'quiet')],
    [...figure(job.total), say(' in all', 'quiet')],
    width,
  );
}

function keys(state: TopState, width: number): Line {
  const { over, snapshot } = state;
  const failed = snapshot?.stops.some((stop) => stop.state === 'failed');
  const announced = announcedStop(state) !== undefined;
  const pairs = over
    ? KEYS[over.kind]
    : [...(announced ? [KEEP] : []), ...KEYS.table, ...(failed ? [DISMISS] : []), ...KEYS.last];
  const gap = ' '.repeat(width < 70 ? 2 : 3);
  const line = pairs.flatMap(([key, what], index) => [
    say(index > 0 ? gap : ''),
    say(key, 'strong'),
    say(` ${what}`, 'quiet'),
  ]);
  return cutLine(line, width);
}

type Pair = readonly [key: string, what: string];

const DISMISS: Pair = ['x', 'dismiss'];
const KEEP: Pair = ['o', 'keep running'];
const LEAVE: readonly Pair[] = [
  ['esc', 'back'],
  ['q', 'quit'],
];
const KEYS: Readonly<Record<'table' | 'last' | Over['kind'], readonly Pair[]>> = {
  table: [
    ['↑↓', 'select'],
    ['s', 'stop'],
    ['z', 'snooze'],
  ],
  last: [
    ['?', 'help'],
    ['q', 'quit'],
  ],
  plan: [
    ['y', 'stop it'],
    ['n', 'keep it'],
  ],
  planning: LEAVE,
  help: LEAVE,
};
