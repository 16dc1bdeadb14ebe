import { z } from 'zod';

/** Simulated milliseconds since the Unix epoch. */
export type Time = number;

const Setting = z.object({ origin: z.number(), realOrigin: z.number(), speed: z.number() });

/** The fleet's time, and where its story begins. */
export interface Clock {
  readonly origin: Time;
  now(): Time;
}

/**
 * The clock of `BURNRATE_CLOCK`, `{"origin":ms,"realOrigin":ms,"speed":60}`, which the fleet and
 * the collector that watches it share; real time that begins now where it is not set.
 */
export function clockOf(text: string | undefined): Clock {
  const start = Date.now();
  const { origin, realOrigin, speed } = text
    ? Setting.parse(JSON.parse(text))
    : { origin: start, realOrigin: start, speed: 1 };
  return { origin, now: () => Math.round(origin + (Date.now() - realOrigin) * speed) };
}
