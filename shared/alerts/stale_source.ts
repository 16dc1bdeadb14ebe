import type { AlertSettings } from '../config/alerts.ts';
import { formatMoney } from '../model/money.ts';
import type { AccountView } from '../model/snapshot.ts';
import { formatDuration, MINUTE } from '../model/time.ts';
import type { Finding, Rule, Scene } from './rule.ts';

/**
 * `stale-source`: an account that has answered before is silent while jobs of mine run there, or
 * while it is what tells idle GPUs. What runs there costs money unseen.
 */
export function staleSourceRule({ forMinutes }: AlertSettings['staleSource']): Rule {
  const holdMs = forMinutes * MINUTE;
  return {
    id: 'stale-source',
    evaluate: (scene) =>
      scene.accounts.flatMap((account) => findingOf(account, scene, holdMs) ?? []),
  };
}

function findingOf(account: AccountView, scene: Scene, holdMs: number): Finding | undefined {
  const { id, title, lastSuccessAt, failure, capabilities } = account;
  if (account.state !== 'stale' || lastSuccessAt === undefined) return undefined;
  // Of many regions or exporters one may fail; the account itself still answers then.
  if (scene.now - lastSuccessAt < MINUTE) return undefined;
  const running = scene.jobs.filter((job) => job.mine && job.state === 'running');
  const watches = capabilities.includes('telemetry') && !capabilities.includes('jobs');
  const unseen = watches ? running : running.filter((job) => job.account === id);
  if (unseen.length === 0) return undefined;
  const rate = unseen.reduce((sum, job) => sum + job.rate.micros, 0);
  const money = `${formatMoney(rate)}/h`;
  return {
    subject: id,
    subjectKind: 'account',
    severity: 'warning',
    title: watches
      ? `${title} tells nothing any more: idle jobs among ${money} go unnoticed`
      : `Nothing is heard of ${title}: jobs of ${money} run on unseen`,
    detail: failure
      ? `${failure.message}. ${failure.remedy}`.replace(/\.\. /, '. ')
      : 'It does not answer. Its last state is shown until it does.',
    evidence: [
      { label: 'last answer', value: `${formatDuration(scene.now - lastSuccessAt)} ago` },
      { label: 'jobs concerned', value: String(unseen.length) },
      { label: 'their rate', value: money },
    ],
    microsPerHour: 0,
    since: lastSuccessAt,
    holdMs,
  };
}
