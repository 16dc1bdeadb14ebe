import type { Micros } from '@burnrate/shared/model/money.ts';

/** What a click in the menu or on a notification wants done. */
export type Deed =
  | { type: 'show'; jobId?: string }
  | { type: 'openInBrowser' }
  | { type: 'stop'; jobId: string }
  | { type: 'dismissStop'; stopId: string }
  | { type: 'snooze'; alertIds: string[] }
  /** Does not stop the jobs that an alert has announced to stop. */
  | { type: 'keep'; alertIds: string[] }
  | { type: 'startAtLogin'; on: boolean }
  | { type: 'setBudget'; jobId: string; ceiling?: Micros; action: 'notify' | 'stop' }
  | { type: 'checkForUpdates' }
  | { type: 'checkDaily'; on: boolean }
  /** Fetches the version that was found, or installs the one that was fetched. */
  | { type: 'update' }
  | { type: 'quit' };
