import type { JobHint } from '../../model/progress.ts';
import type { Attributes } from './wire.ts';

/** The longest value that is kept: names are shorter, and what is longer names nothing. */
const LONGEST = 500;

/** Attributes by name, as text; those without a value are left out. */
export function namesOf(attributes: Attributes | undefined): Map<string, string> {
  const names = new Map<string, string>();
  for (const { key, value } of attributes ?? []) {
    const { stringValue, intValue, doubleValue, boolValue } = value ?? {};
    const text = String(stringValue ?? intValue ?? doubleValue ?? boolValue ?? '').trim();
    if (key !== '' && text !== '' && text.length <= LONGEST) names.set(key, text);
  }
  return names;
}

/**
 * What of a resource says which job it is part of. The names with dots are OpenTelemetry's own
 * where it has one; a scheduler's variables may be given by their own names.
 * https://opentelemetry.io/docs/specs/semconv/registry/attributes/
 */
const HINTS = {
  job: ['burnrate.job'],
  slurmJob: ['slurm.job.id', 'slurm.job_id', 'SLURM_JOB_ID', 'slurm_job_id'],
  pod: ['k8s.pod.name'],
  namespace: ['k8s.namespace.name'],
  skypilotTask: ['skypilot.task.id', 'SKYPILOT_TASK_ID'],
  skypilotCluster: ['skypilot.cluster.name', 'SKYPILOT_CLUSTER_NAME'],
} as const;

/** `here`: this machine's name, where a sender on it does not say its own. */
export function hintOf(resource: ReadonlyMap<string, string>, here: string): JobHint {
  const pid = Number(resource.get('process.pid'));
  const named = Object.entries(HINTS).flatMap(([what, names]) => {
    const value = first(resource, names);
    return value === undefined ? [] : [[what, value]];
  });
  return {
    ...(Object.fromEntries(named) as JobHint),
    host: hostOf(resource, here),
    ...(Number.isSafeInteger(pid) && pid > 0 && { pid }),
  };
}

/** The machine, by a name that Burnrate may know it by. */
export function hostOf(resource: ReadonlyMap<string, string>, here: string): string {
  return (first(resource, ['k8s.node.name', 'host.name', 'host.id']) ?? here).toLowerCase();
}

export function first(
  values: ReadonlyMap<string, string>,
  names: readonly string[],
): string | undefined {
  for (const name of names) {
    const value = values.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}
