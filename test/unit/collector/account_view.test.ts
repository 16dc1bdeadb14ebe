import { accountView, hasTold } from '@burnrate/shared/collector/account_view.ts';
import { World } from '@burnrate/shared/collector/world.ts';
import type { Observable } from '@burnrate/shared/sources/source.ts';
import { expect, test } from 'vitest';
import { processes } from './process_source.ts';

const NOW = Date.UTC(2026, 10, 24);
const account = { id: 'processes:a', source: 'processes', name: 'a', foundIn: '', options: {} };
const failure = { kind: 'denied', account: account.id, message: '', remedy: '', at: NOW } as const;

test.each<[string, Observable[], Observable[]]>([
  ['starting', [], []],
  // How busy its GPUs are does not tell what runs.
  ['starting', ['telemetry'], []],
  ['starting', ['telemetry', 'nodes'], []],
  ['starting', [], ['telemetry']],
  ['ok', ['nodes', 'jobs'], []],
  ['stale', ['nodes'], ['jobs']],
  ['failed', [], ['nodes', 'jobs']],
])('an account is %s with answers about %j and failures of %j', (state, answered, failed) => {
  const known = new World().account(account);
  for (const what of answered) known.answeredAt.set(what, NOW);
  for (const what of failed) known.failures.set(what, failure);
  const view = accountView(known, processes, {
    now: NOW,
    cadenceOf: () => undefined,
    spentToday: 0,
    counted: hasTold(known, processes),
  });
  expect(view.state).toBe(state);
});
