import type { AccountView, Snapshot } from '../../model/snapshot.ts';
import { formatDuration } from '../../model/time.ts';
import { indent, type Line, type Span, say, wrap } from './text.ts';

const URGENCY = { failed: 0, stale: 1, starting: 2, ok: 3 } as const;

/** Each account's state; what failed says what to do, unless it is to be brief. */
export function accounts(
  snapshot: Snapshot,
  width: number,
  { brief = false }: { brief?: boolean } = {},
): Line[] {
  return [...snapshot.accounts]
    .sort((a, b) => URGENCY[a.state] - URGENCY[b.state] || a.title.localeCompare(b.title))
    .flatMap((account) => accountLines(account, snapshot, brief ? undefined : width));
}

function accountLines(account: AccountView, { at }: Snapshot, width: number | undefined): Line[] {
  const { title, failure, lastSuccessAt } = account;
  const last =
    lastSuccessAt === undefined ? 'never answered' : `answered ${ago(at - lastSuccessAt)}`;
  const line = [markOf(account), say(` ${title} `), say(`${wordOf(account)}${last}`, 'quiet')];
  if (!failure || width === undefined) return [line];
  const why = `${failure.message}. ${failure.remedy}`.replace(/\.\. /, '. ');
  return [line, ...indent(wrap(why, width - 3, 'quiet'), [say('   ')])];
}

function markOf({ state }: AccountView): Span {
  switch (state) {
    case 'ok':
      return say(' ✓', 'good');
    case 'starting':
      return say(' ◌', 'quiet');
    case 'stale':
      return say(' ▲', 'warning');
    case 'failed':
      return say(' ✗', 'critical');
  }
}

function wordOf({ state }: AccountView): string {
  return state === 'ok' ? '' : `${state} · `;
}

function ago(ms: number): string {
  return ms < 5_000 ? 'now' : `${formatDuration(ms)} ago`;
}
