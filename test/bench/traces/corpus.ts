import { Random } from './random.ts';
import * as stories from './stories.ts';
import type { Trace } from './trace.ts';

/** How many of each story one half of the corpus has. */
const HALF: readonly [story: (random: Random) => Trace, count: number][] = [
  [stories.training, 45],
  [stories.inference, 20],
  [stories.slowRamp, 10],
  [stories.preempted, 10],
  [stories.finished, 20],
  [stories.starved, 20],
  [stories.inBursts, 4],
  [stories.hung, 20],
  [stories.restarting, 11],
];

/** The half that thresholds were chosen on, and the half that nobody looked at while doing so. */
export type Half = 'seen' | 'held out';

/** The traces of one half, made one after the other: all at once would fill the memory. */
export function* corpus(half: Half): Generator<{ trace: Trace; random: Random }> {
  let seed = half === 'seen' ? 1 : 1_000_003;
  for (const [story, count] of HALF) {
    for (let index = 0; index < count; index += 1) {
      seed += 7919;
      yield { trace: story(new Random(seed)), random: new Random(seed ^ 0x5bd1e995) };
    }
  }
}
