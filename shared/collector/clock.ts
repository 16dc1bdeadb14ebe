import { z } from 'zod';
import { acceleratedClock, type Clock, systemClock } from '../model/time.ts';

const Setting = z.object({
  origin: z.number().int(),
  realOrigin: z.number().int(),
  speed: z.number().positive().max(3600),
});

/**
 * The clock that `BURNRATE_CLOCK` names, `{"origin":ms,"realOrigin":ms,"speed":60}`: the demo
 * shares one with its simulated fleet. The system's clock where it is not set. Throws on nonsense.
 */
export function clockFrom(env: Readonly<Record<string, string | undefined>>): Clock {
  const text = env.BURNRATE_CLOCK;
  if (!text) return systemClock;
  const { origin, realOrigin, speed } = Setting.parse(JSON.parse(text));
  return acceleratedClock(origin, realOrigin, speed);
}
