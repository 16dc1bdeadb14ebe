import type { AlertSettings } from '../config/config.ts';
import { idleRule } from './idle.ts';
import type { Rule } from './rule.ts';

export { AlertBook, wantsNotification } from './life.ts';

/** The rules in force under these settings. To add one: its file, and one line here. */
export function rulesFrom(settings: AlertSettings): Rule[] {
  return [idleRule(settings.idle)];
}
