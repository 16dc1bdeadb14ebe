import { z } from 'zod';
import { DAY, HOUR, type Instant } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import type { Manager } from './resource_manager.ts';

/** When a machine was last started, and by whom. */
export interface Launch {
  at: Instant;
  by?: string;
}

/** What is to be known of a machine to look for its launch. */
export interface Launched {
  id: string;
  createdAt: Instant | undefined;
  running: boolean;
}

/** The launches of the machines that run, each looked up once. */
export interface Launches {
  /** Looks up those not known yet, some at a time. Rejects with a SourceError. */
  learn(machines: readonly Launched[], signal: AbortSignal): Promise<void>;
  of(id: string): Launch | undefined;
}

/** How long Azure keeps its activity log: https://learn.microsoft.com/azure/azure-monitor/platform/activity-log */
const KEPT_MS = 89 * DAY;
/** Many at the first reading would be throttled; the others follow in the next minutes. */
const AT_ONCE = 20;

/** https://learn.microsoft.com/rest/api/monitor/activity-logs/list */
const Event = z.object({
  eventTimestamp: z.string(),
  caller: z.string().nullish(),
  correlationId: z.string().nullish(),
  operationName: z.object({ value: z.string() }),
  status: z.object({ value: z.string() }),
});
type Event = z.infer<typeof Event>;

/**
 * A machine that was deallocated and started again tells only when it was created. The activity log
 * knows who started it when, so that what was paid before Burnrate came is counted, and no night in
 * which it was off.
 */
export function launchesOf(manager: Manager, clock: Surroundings['clock']): Launches {
  const known = new Map<string, Launch>();
  let notBefore: Instant = 0;

  async function look(id: string, createdAt: Instant, signal: AbortSignal): Promise<Launch> {
    const now = clock.now();
    const since = Math.max(createdAt, now - KEPT_MS);
    const filter = [
      // An event of the creation is older than the machine that came of it.
      `eventTimestamp ge '${new Date(since - HOUR).toISOString()}'`,
      `eventTimestamp le '${new Date(now).toISOString()}'`,
      `resourceUri eq '${id}'`,
    ].join(' and ');
    const query = new URLSearchParams({
      'api-version': '2015-04-01',
      $filter: filter,
      $select: 'eventTimestamp,caller,correlationId,operationName,status',
    });
    const [, , subscription] = id.split('/');
    const path = `/subscriptions/${subscription}/providers/Microsoft.Insights/eventtypes/management/values?${query}`;
    const events = await manager.list(path, Event, signal, (page) => lastStart(page) !== undefined);
    const start = lastStart(events);
    // Of a machine that is older than the log, the first change in it is not its creation.
    const creator =
      since === createdAt &&
      events.findLast((event) => isDone(event, /\/virtualMachines\/write$/i));
    const by = (start ?? (creator || undefined))?.caller;
    return { at: start ? Date.parse(start.eventTimestamp) : createdAt, ...(by && { by }) };
  }

  return {
    of: (id) => known.get(id.toLowerCase()),
    async learn(machines, signal) {
      for (const { id, running } of machines) if (!running) known.delete(id.toLowerCase());
      if (clock.now() < notBefore) return;
      const missing = machines.filter(({ id, running }) => running && !known.has(id.toLowerCase()));
      try {
        for (const { id, createdAt } of missing.slice(0, AT_ONCE))
          if (createdAt !== undefined)
            known.set(id.toLowerCase(), await look(id, createdAt, signal));
      } catch (error) {
        if (error instanceof SourceError && error.kind === 'denied') notBefore = clock.now() + HOUR;
        throw error;
      }
    },
  };
}

/** The newest start: it began with the earliest of the events that it left. */
function lastStart(events: readonly Event[]): Event | undefined {
  const starts = events.filter((event) => isDone(event, /\/virtualMachines\/start\/action$/i));
  const [newest] = starts.toSorted((a, b) => (a.eventTimestamp < b.eventTimestamp ? 1 : -1));
  return starts
    .filter(({ correlationId }) => correlationId === newest?.correlationId)
    .toSorted((a, b) => (a.eventTimestamp < b.eventTimestamp ? -1 : 1))[0];
}

function isDone({ operationName, status }: Event, operation: RegExp): boolean {
  return operation.test(operationName.value) && status.value !== 'Failed';
}
