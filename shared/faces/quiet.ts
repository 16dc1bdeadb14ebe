import type { Alert } from '../model/alert.ts';
import { formatDuration, type Instant } from '../model/time.ts';
import { t } from './l10n.ts';

/** Why an alert that fires is not said aloud: `acknowledged`, `snoozed for 3 h`; else undefined. */
export function quietWord(
  { acknowledged, snoozedUntil = 0 }: Pick<Alert, 'acknowledged' | 'snoozedUntil'>,
  now: Instant,
): string | undefined {
  if (acknowledged) return t('acknowledged');
  return snoozedUntil > now ? t('snoozed for {0}', formatDuration(snoozedUntil - now)) : undefined;
}
