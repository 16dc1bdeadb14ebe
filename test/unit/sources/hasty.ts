import { type Clock, systemClock } from '@burnrate/shared/model/time.ts';

/** The time it is, for sources that leave time between requests: a hundredth of it here. */
export const hastyClock: Clock = { ...systemClock, speed: 100 };
