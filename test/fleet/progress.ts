import { kindOf } from './catalogue.ts';
import type { Clock, Time } from './clock.ts';
import { collectedAt } from './gpus.ts';
import type { Instance } from './instance.ts';
import { doingAt } from './workload.ts';

const SECOND = 1000;
const STEP_MS = 15 * SECOND;
/** What was done longer ago is in no chart: it is reckoned as if it had gone on as at its best. */
const EXACTLY_MS = 6 * 60 * 60 * SECOND;

/** Tokens a second that one fully busy GPU of a training takes, and that are one of its steps. */
const TRAINED = 3_100;
const TOKENS_A_STEP = 524_288;
/** Tokens a second of requests that a service answers at its best. */
const SERVED = 2_400;

/** How far done is known, so that each asking adds the little that has come since. */
const known = new WeakMap<Instance, { at: Time; seconds: number }>();

/**
 * What the program on an instance counts of its own work, in Prometheus's format: training its
 * steps and tokens, a service of vLLM the tokens of its requests.
 */
export function progressOf(instance: Instance, clock: Clock): string {
  const { workload, type } = instance.machine;
  if (!workload || workload.kind === 'idle') return '';
  const busy = busySeconds(instance, clock);
  const { gpus } = kindOf(type);
  const label = `{Hostname="${instance.privateDnsName}"}`;
  if (workload.kind === 'service') {
    const tokens = Math.round(busy * SERVED * gpus.count);
    return `# TYPE vllm:prompt_tokens counter\nvllm:prompt_tokens_total${label} ${tokens}\n`;
  }
  const tokens = busy * TRAINED * gpus.count;
  return [
    '# TYPE burnrate_tokens counter',
    `burnrate_tokens_total${label} ${Math.round(tokens)}`,
    '# TYPE burnrate_steps counter',
    `burnrate_steps_total${label} ${Math.floor(tokens / TOKENS_A_STEP)}`,
    '',
  ].join('\n');
}

/** For how long its GPUs would have had to be fully busy to do what was done since the launch. */
function busySeconds(instance: Instance, clock: Clock): number {
  const { workload } = instance.machine;
  if (!workload) return 0;
  const now = collectedAt(instance, clock);
  const exactly = Math.max(instance.launchedAt, now - EXACTLY_MS);
  const before = ((exactly - instance.launchedAt) / SECOND) * workload.level;
  const done = known.get(instance) ?? { at: exactly, seconds: before };
  for (; done.at + STEP_MS <= now; done.at += STEP_MS) {
    const { busy } = doingAt(workload, instance.seed, clock.origin, done.at);
    done.seconds += (busy * STEP_MS) / SECOND;
  }
  known.set(instance, done);
  return done.seconds;
}
