import type { Clock, Time } from './clock.ts';
import type { Tenure } from './elsewhere/tenure.ts';
import type { Instance } from './instance.ts';

/** What really happened, for those who check what a meter made of it. Times are the fleet's. */
export interface Account {
  at: Time;
  /** Every instance that has been launched, with what it has cost until `at`, in micro-dollars. */
  instances: {
    id: string;
    name: string;
    owner: string | undefined;
    state: string;
    microsPerHour: number;
    launchedAt: Time;
    endedAt: Time | undefined;
    micros: number;
    /** When its end was asked for, each time that it was. */
    asked: readonly Time[];
    /** When its workload began to do little, where it has. */
    droppedAt: Time | undefined;
  }[];
  /** The same of rented machines, and of jobs that a scheduler gave GPUs. */
  elsewhere: {
    system: string;
    name: string;
    microsPerHour: number;
    startedAt: Time;
    endedAt: Time | undefined;
    micros: number;
  }[];
}

/** The fleet's own account at an instant, which is now at the latest. */
export function accountAt(
  { instances, tenures }: { instances: readonly Instance[]; tenures: readonly Tenure[] },
  clock: Clock,
  at?: Time,
): Account {
  const now = clock.now();
  const until = Math.min(at ?? now, now);
  return {
    at: until,
    instances: instances.flatMap((instance) => {
      const { state, machine } = instance;
      if (!state) return [];
      const drop = machine.workload?.drop;
      const droppedAt = drop && clock.origin + drop.at * 60_000;
      return {
        id: instance.id,
        name: machine.name,
        owner: machine.owner,
        state,
        microsPerHour: instance.microsPerHour,
        launchedAt: instance.launchedAt,
        endedAt: instance.endedAt,
        micros: instance.microsUntil(until),
        asked: instance.asked,
        droppedAt: droppedAt !== undefined && droppedAt <= now ? droppedAt : undefined,
      };
    }),
    elsewhere: tenures.map((tenure) => ({
      system: tenure.system,
      name: tenure.name,
      microsPerHour: tenure.microsPerHour,
      startedAt: tenure.startedAt,
      endedAt: tenure.endedAt,
      micros: tenure.microsUntil(until),
    })),
  };
}
