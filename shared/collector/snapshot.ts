import type { Alert } from '../model/alert.ts';
import type { Micros } from '../model/money.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Stop } from '../model/stop.ts';
import { HOUR, type Instant } from '../model/time.ts';
import type { Welcome } from '../protocol/protocol.ts';
import type { Source } from '../sources/source.ts';
import { accountView, type CadenceOf } from './account_view.ts';
import { savedToday, wastedToday } from './savings.ts';
import type { Tick } from './tick.ts';
import type { World } from './world.ts';

/** A resolved alert stays in sight this long. */
const SHOW_RESOLVED_MS = HOUR;

export interface Present {
  id: number;
  now: Instant;
  mode: Snapshot['mode'];
  speed: number;
  welcome: Welcome;
  startedAt: Instant;
  tick: Pick<Tick, 'fleet' | 'rates' | 'jobs' | 'nodes' | 'today'>;
  world: Pick<World, 'accounts' | 'jobs'>;
  alerts: readonly Alert[];
  stops: readonly Stop[];
  notices: Snapshot['notices'];
  sourceOf: (account: string) => Source | undefined;
  cadenceOf: CadenceOf;
  spentToday: (account: string) => Micros;
}

/** All that a face needs to draw itself now. Totals count what is mine. */
export function buildSnapshot(present: Present): Snapshot {
  const { tick, world, now, cadenceOf, spentToday } = present;
  const known = {
    now,
    jobs: new Map([...world.jobs].map(([id, seen]) => [id, seen.job])),
    nodes: new Map(tick.fleet.nodes.map((node) => [node.id, node])),
  };
  return {
    id: present.id,
    at: now,
    mode: present.mode,
    speed: present.speed,
    collector: {
      pid: present.welcome.pid,
      version: present.welcome.version,
      startedAt: present.startedAt,
    },
    rate: tick.rates.total,
    today: tick.today(),
    wastedToday: wastedToday(present.alerts, now),
    savedToday: savedToday(present.stops, known, (name) => tick.fleet.resolve(name)?.id),
    jobs: [...tick.jobs],
    nodes: [...tick.nodes],
    accounts: [...world.accounts.values()]
      .map((state) =>
        accountView(state, present.sourceOf(state.account.id), {
          now,
          cadenceOf,
          spentToday: spentToday(state.account.id),
        }),
      )
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    alerts: present.alerts.filter((one) => (one.resolvedAt ?? now) > now - SHOW_RESOLVED_MS),
    stops: [...present.stops],
    notices: present.notices,
  };
}
