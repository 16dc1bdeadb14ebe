import { characterOf, gone, spinning, waiting, working } from './phases.ts';
import type { Random } from './random.ts';
import type { Character, Second, Trace, Trouble } from './trace.ts';

const GPUS = 2;
const HOUR = 3600;

type Seconds = (Second | undefined)[];

/** How a training job spends its time while all is well. */
interface Habits {
  character: Character;
  checkpointEvery: number;
  checkpointTakes: number;
  /** While the first rank writes, the others wait in a collective, spinning. */
  othersSpin: boolean;
  evaluateEvery: number;
  evaluateTakes: number;
  evaluateShare: number;
  epochEvery: number;
  epochTakes: number;
}

function habitsOf(random: Random): Habits {
  return {
    character: characterOf(random),
    checkpointEvery: random.between(10 * 60, 100 * 60),
    checkpointTakes: random.pick([random.between(8, 40), random.between(40, 110)]),
    othersSpin: random.chance(0.3),
    evaluateEvery: random.chance(0.6)
      ? random.between(30 * 60, 150 * 60)
      : Number.POSITIVE_INFINITY,
    evaluateTakes: random.between(60, 480),
    evaluateShare: random.between(0.5, 0.9),
    epochEvery: random.between(15 * 60, 70 * 60),
    epochTakes: random.between(2, 16),
  };
}

/** Loading data, compiling, a trial run or two: nothing much for a while. */
function startUp(
  seconds: readonly Seconds[],
  length: number,
  habits: Habits,
  random: Random,
): void {
  for (let second = 0; second < length; second += 1) {
    const trial = random.chance(0.004);
    for (const gpu of seconds) {
      gpu.push(trial ? working(habits.character, random) : waiting(habits.character, random, 0.01));
    }
  }
}

/** Healthy training for `length` seconds, with its checkpoints, evaluations and epochs. */
function train(seconds: readonly Seconds[], length: number, habits: Habits, random: Random): void {
  const { character } = habits;
  let checkpointIn = habits.checkpointEvery * random.between(0.3, 1);
  let evaluateIn = habits.evaluateEvery * random.between(0.3, 1);
  let epochIn = habits.epochEvery * random.between(0.3, 1);
  for (let done = 0; done < length; ) {
    checkpointIn -= 1;
    evaluateIn -= 1;
    epochIn -= 1;
    if (checkpointIn <= 0) {
      const takes = Math.round(habits.checkpointTakes * random.between(0.85, 1.2));
      done += checkpoint(seconds, takes, habits, random);
      checkpointIn = habits.checkpointEvery * random.between(0.97, 1.03);
    } else if (evaluateIn <= 0) {
      const takes = Math.round(habits.evaluateTakes * random.between(0.9, 1.1));
      for (let i = 0; i < takes; i += 1) {
        for (const gpu of seconds) gpu.push(working(character, random, habits.evaluateShare));
      }
      done += takes;
      evaluateIn = habits.evaluateEvery * random.between(0.97, 1.03);
    } else if (epochIn <= 0) {
      const takes = Math.round(habits.epochTakes * random.between(0.7, 1.3));
      for (let i = 0; i < takes; i += 1) {
        for (const gpu of seconds) gpu.push(waiting(character, random, 0.03));
      }
      done += takes;
      epochIn = habits.epochEvery * random.between(0.9, 1.1);
    } else {
      for (const gpu of seconds) gpu.push(working(character, random));
      done += 1;
    }
  }
}

/** The weights go to the host in a burst, then to storage while the GPUs wait. */
function checkpoint(
  seconds: readonly Seconds[],
  takes: number,
  habits: Habits,
  random: Random,
): number {
  const burst = Math.min(takes, Math.round(random.between(2, 5)));
  for (let second = 0; second < takes; second += 1) {
    for (const [index, gpu] of seconds.entries()) {
      const spins = habits.othersSpin && index > 0 && second >= burst;
      const quiet = spins
        ? spinning(habits.character, random)
        : waiting(habits.character, random, 0.01);
      gpu.push(second < burst ? { ...quiet, toHost: random.between(4e9, 14e9) } : quiet);
    }
  }
  return takes;
}

function newSeconds(): Seconds[] {
  return Array.from({ length: GPUS }, () => []);
}

function fill(
  seconds: readonly Seconds[],
  length: number,
  what: (gpu: number) => Second | undefined,
) {
  for (let second = 0; second < length; second += 1) {
    for (const [index, gpu] of seconds.entries()) gpu.push(what(index));
  }
}

function hours(random: Random, low: number, high: number): number {
  return Math.round(random.between(low, high) * HOUR);
}

/** A healthy training job. */
export function training(random: Random): Trace {
  const seconds = newSeconds();
  const habits = habitsOf(random);
  startUp(seconds, Math.round(random.between(30, 400)), habits, random);
  train(seconds, hours(random, 8, 16), habits, random);
  return { kind: 'training', gpus: seconds };
}

/** A job that takes its time to start, and then works. */
export function slowRamp(random: Random): Trace {
  const seconds = newSeconds();
  const habits = habitsOf(random);
  startUp(seconds, Math.round(random.between(300, 500)), habits, random);
  for (let share = 0.2; share < 1; share += random.between(0.002, 0.02)) {
    for (const gpu of seconds) gpu.push(working(habits.character, random, share));
  }
  train(seconds, hours(random, 6, 10), habits, random);
  return { kind: 'slow ramp', gpus: seconds };
}

/** Spot capacity that is taken away now and then, and comes back. */
export function preempted(random: Random): Trace {
  const seconds = newSeconds();
  const habits = habitsOf(random);
  for (let run = 0; run < 4; run += 1) {
    startUp(seconds, Math.round(random.between(60, 500)), habits, random);
    train(seconds, hours(random, 1, 3.5), habits, random);
    fill(seconds, Math.round(random.between(120, 1800)), () => undefined);
  }
  return { kind: 'preempted', gpus: seconds };
}

/** A service whose requests follow the day. */
export function inference(random: Random): Trace {
  const seconds = newSeconds();
  const character = characterOf(random);
  const length = hours(random, 20, 26);
  const begin = random.between(0, 24 * HOUR);
  const low = random.between(0.06, 0.2);
  const high = random.between(0.45, 0.9);
  const perRequest = random.between(0.08, 0.4);
  for (let second = 0; second < length; second += 1) {
    const phase = ((begin + second) / (24 * HOUR)) * 2 * Math.PI;
    const demand = low + (high - low) * (0.5 - 0.5 * Math.cos(phase)) ** 1.5;
    for (const gpu of seconds) {
      const busy = Math.min(1, random.poisson(demand / perRequest) * perRequest);
      gpu.push({ ...waiting(character, random, busy), memory: character.memory });
    }
  }
  return { kind: 'inference', gpus: seconds };
}

/** Healthy training, until `spoil` takes over for the last one to three hours. */
function spoiled(
  kind: string,
  trouble: Trouble,
  random: Random,
  spoil: (seconds: readonly Seconds[], length: number, habits: Habits) => void,
): Trace {
  const seconds = newSeconds();
  const habits = habitsOf(random);
  startUp(seconds, Math.round(random.between(30, 400)), habits, random);
  train(seconds, hours(random, 1, 9), habits, random);
  // A trouble that begins within a checkpoint cannot be told from it; let some work come between.
  fill(seconds, Math.round(random.between(60, 200)), () => working(habits.character, random));
  const onset = seconds[0]?.length ?? 0;
  spoil(seconds, hours(random, 1, 3), habits);
  return { kind, gpus: seconds, trouble: { kind: trouble, onset } };
}

/** The work is done and the machine runs on. */
export function finished(random: Random): Trace {
  const freed = random.chance(0.6);
  return spoiled('finished', 'idle', random, (seconds, length, { character }) =>
    fill(seconds, length, () => (freed ? gone(character, random) : waiting(character, random, 0))),
  );
}

/** Each step waits for its data. */
export function starved(random: Random): Trace {
  const share = random.between(0.03, 0.2);
  return spoiled('starved', 'stall', random, (seconds, length, { character }) =>
    fill(seconds, length, () => waiting(character, random, share)),
  );
}

/** Bursts of work between long waits for data. */
export function inBursts(random: Random): Trace {
  const work = random.between(4, 10);
  const wait = random.between(22, 50);
  return spoiled('in bursts', 'stall', random, (seconds, length, { character }) => {
    for (let second = 0; second < length; second += 1) {
      const busy = second % (work + wait) >= wait;
      for (const gpu of seconds) {
        gpu.push(busy ? working(character, random) : waiting(character, random, 0.03));
      }
    }
  });
}

/** A peer is lost; the others wait for it, at full utilization. */
export function hung(random: Random): Trace {
  return spoiled('hung', 'hang', random, (seconds, length, { character }) =>
    fill(seconds, length, () => spinning(character, random)),
  );
}

/** Out of memory, restarted, out of memory again. */
export function restarting(random: Random): Trace {
  return spoiled('restarting', 'restarts', random, (seconds, length, habits) => {
    const end = (seconds[0]?.length ?? 0) + length;
    while ((seconds[0]?.length ?? end) < end) {
      fill(seconds, Math.round(random.between(20, 60)), () => gone(habits.character, random));
      startUp(seconds, Math.round(random.between(40, 150)), habits, random);
      fill(seconds, Math.round(random.between(90, 360)), () => working(habits.character, random));
    }
  });
}
