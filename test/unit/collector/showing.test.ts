import { Showing, type ShowingOptions } from '@burnrate/shared/collector/showing.ts';
import type { Observable } from '@burnrate/shared/sources/source.ts';
import { expect, test } from 'vitest';
import { processes } from './process_source.ts';
import { accountOf, WatchOver } from './watch_over.ts';

const START = Date.UTC(2026, 10, 24);

test('an account is starting until a tick has counted what it told first', () => {
  const watch = new WatchOver(START);
  const showing = new Showing({
    clock: { now: () => watch.now },
    tick: () => watch.tick,
    world: watch.world,
    accounts: { sourceOf: () => processes },
    poller: { cadenceOf: () => undefined },
    spending: { today: () => 0 },
  } as unknown as ShowingOptions);
  const account = accountOf('processes:a');
  watch.world.account(account);
  const tick = () => {
    watch.tick.run();
    showing.changed();
  };
  const state = () => showing.accounts()[0]?.state;
  const tell = (...what: Observable[]) => {
    const observation = { at: START, nodes: [], jobs: [], samples: [] };
    const answer = { what: new Set(what), askedAt: START, observation, costMicros: 0 };
    watch.tick.intake.take(account, answer);
  };
  tell('telemetry');
  tick();
  expect(state()).toBe('starting');
  tell('nodes', 'jobs');
  // Something else has changed: the figures are still those of before.
  showing.changed();
  expect(state()).toBe('starting');
  tick();
  expect(state()).toBe('ok');
  watch.store.close();
});
