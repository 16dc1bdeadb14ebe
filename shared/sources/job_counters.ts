import { type Counter, type JobHint, MAX_NAME, type Progress } from '../model/progress.ts';
import type { Instant } from '../model/time.ts';
import { WANTED as GPUS, hostOf, type Labels, type OnReading, type Wanted } from './gpu_series.ts';

/**
 * Counters of a job's own work, by the names under which programs expose them.
 * - Ours, for any program: `prometheus_client` puts `_total` behind a counter's name.
 * - vLLM: https://docs.vllm.ai/en/latest/usage/metrics/
 * - SGLang: https://docs.sglang.io/references/production_metrics.html
 * - Text Generation Inference, whose counts are the sums of histograms:
 *   https://huggingface.co/docs/text-generation-inference/reference/metrics
 */
const COUNTERS: readonly { family: string; counter: Counter }[] = [
  { family: 'burnrate_steps_total', counter: 'steps' },
  { family: 'burnrate_tokens_total', counter: 'tokens' },
  { family: 'burnrate_samples_total', counter: 'samples' },
  { family: 'vllm:prompt_tokens_total', counter: 'tokens' },
  { family: 'vllm:generation_tokens_total', counter: 'tokens' },
  { family: 'sglang:prompt_tokens_total', counter: 'tokens' },
  { family: 'sglang:generation_tokens_total', counter: 'tokens' },
  { family: 'tgi_request_input_length_sum', counter: 'tokens' },
  { family: 'tgi_request_generated_tokens_sum', counter: 'tokens' },
];

/** Labels that tell one counter of a job from another. */
const OWN = ['burnrate_job', 'model_name', 'engine', 'tp_rank', 'dp_rank', 'rank', 'process'];

/** The series of GPUs and of jobs' counters, to be read in one pass. */
export const WANTED: Wanted = {
  families: [...GPUS.families, ...COUNTERS.map(({ family }) => family)],
  labels: [...new Set([...GPUS.labels, ...OWN])],
};

/** What a name of the two kinds is as a counter, where it is one; also without `_total`. */
export function counterNamed(name: string): Counter | undefined {
  const plain = name.replaceAll('.', '_').replace(/_total$/, '');
  return COUNTERS.find(({ family }) => family.replace(/_total$/, '') === plain)?.counter;
}

export function isCounter(family: number): boolean {
  return family >= GPUS.families.length;
}

const JOB = ['exported_hpc_job', 'hpc_job', 'slurm_job_id', 'exported_job_id', 'job_id', 'jobid'];
const POD = ['exported_pod', 'pod', 'pod_name'];
const NAMESPACE = ['exported_namespace', 'namespace', 'pod_namespace'];

/** Gathers jobs' counters of one moment. */
export class JobCounters {
  readonly #values = new Map<string, { counter: Counter; labels: Labels; value: number }>();

  readonly take: OnReading = (family, labels, value) => {
    const known = COUNTERS[family - GPUS.families.length];
    if (!known || !(value >= 0) || !Number.isFinite(value)) return;
    const series = [known.family, ...labels.map((label) => label ?? '')].join(' ').slice(0, 1_500);
    this.#values.set(series, { counter: known.counter, labels, value });
  };

  /** `of`: what is known of the job without the labels, which say more. */
  progress(at: Instant, of: JobHint = {}): Progress[] {
    return [...this.#values].map(([series, { counter, labels, value }]) => ({
      at,
      counter,
      series: `${of.host ?? ''} ${series}`,
      value,
      fromZero: true,
      of: { ...of, ...hintOf(labels) },
    }));
  }
}

function hintOf(labels: Labels): JobHint {
  const read = (names: readonly string[]) => {
    const found = names.map((name) => labels[WANTED.labels.indexOf(name)]).find(Boolean);
    return found?.slice(0, MAX_NAME);
  };
  const hint = {
    job: read(['burnrate_job']),
    slurmJob: read(JOB),
    pod: read(POD),
    namespace: read(NAMESPACE),
    host: hostOf(labels),
  };
  return Object.fromEntries(Object.entries(hint).filter(([, value]) => value)) as JobHint;
}
