import type { Alert } from '../model/alert.ts';
import type { BudgetView } from '../model/budget_view.ts';
import type { InvoiceView } from '../model/invoice_view.ts';
import { byCost } from '../model/leftover_cost.ts';
import type { AccountView, Snapshot } from '../model/snapshot.ts';
import type { Stop } from '../model/stop.ts';
import { HOUR, type Instant } from '../model/time.ts';
import type { Welcome } from '../protocol/protocol.ts';
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
  tick: Pick<Tick, 'fleet' | 'rates' | 'jobs' | 'nodes' | 'today' | 'traffic'>;
  world: Pick<World, 'jobs' | 'leftovers'>;
  alerts: readonly Alert[];
  budgets: readonly BudgetView[];
  stops: readonly Stop[];
  notices: Snapshot['notices'];
  invoices: InvoiceView | undefined;
  accounts: readonly AccountView[];
}

/** All that a face needs to draw itself now. Totals count what is mine. */
export function buildSnapshot(present: Present): Snapshot {
  const { tick, world, now } = present;
  const known = {
    now,
    jobs: new Map([...world.jobs].map(([id, seen]) => [id, seen.job])),
    nodes: new Map(tick.fleet.nodes.map((node) => [node.id, node])),
  };
  const transfers = tick.traffic.transfers();
  const leftovers = world.leftovers.mine()?.sort(byCost);
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
    accounts: [...present.accounts],
    ...(leftovers && { leftovers }),
    alerts: present.alerts.filter((one) => (one.resolvedAt ?? now) > now - SHOW_RESOLVED_MS),
    ...(present.budgets.length > 0 && { budgets: [...present.budgets] }),
    stops: [...present.stops],
    ...(transfers.length > 0 && { transfers }),
    ...(present.invoices && { invoices: present.invoices }),
    notices: present.notices,
  };
}
