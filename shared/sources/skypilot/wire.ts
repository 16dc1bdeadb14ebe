import { z } from 'zod';

const text = z.string().nullish();
const seconds = z.number().nullish();

/** `GET /api/health`. sky/schemas/api/responses.py, APIHealthResponse */
export const Health = z.object({
  /** healthy, needs_auth, unhealthy, version_mismatch */
  status: z.string(),
  api_version: z.union([z.string(), z.number()]).nullish(),
  version: text,
  user: z.object({ id: z.string(), name: text }).nullish(),
});
export type Health = z.infer<typeof Health>;

/**
 * `GET /api/get`: what became of a request, its answer and its error as JSON within JSON.
 * sky/server/requests/payloads.py, RequestPayload
 */
export const Payload = z.object({
  status: z.string(),
  return_value: z.string(),
  error: z.string().nullish(),
});
export const RequestFailure = z.object({ type: z.string(), message: z.string() });

/**
 * `POST /status`. The handle, which is a Python object's memory, is neither asked for nor read.
 * sky/schemas/api/responses.py, StatusResponse
 */
export const ClusterRecord = z.object({
  name: z.string().min(1),
  cluster_hash: text,
  launched_at: seconds,
  status: z.string(),
  status_updated_at: seconds,
  cluster_ever_up: z.boolean().nullish(),
  autostop: z.number().nullish(),
  to_down: z.boolean().nullish(),
  user_hash: text,
  user_name: text,
  workspace: text,
  nodes: z.number().int().nonnegative().nullish(),
  cloud: text,
  region: text,
  cpus: text,
  accelerators: text,
  resources_str_full: text,
  cluster_name_on_cloud: text,
  node_names: text,
});
export type ClusterRecord = z.infer<typeof ClusterRecord>;

/**
 * `POST /cost_report`: clusters that are or were, when each ran, and its price by SkyPilot's
 * catalogue. sky/core.py, cost_report
 */
export const HistoryRecord = z.object({
  name: text,
  cluster_hash: z.string(),
  num_nodes: z.number().nullish(),
  duration: z.number().nullish(),
  total_cost: z.number().nullish(),
  usage_intervals: z.array(z.tuple([z.number(), z.number().nullable()])).nullish(),
  /** Of the cluster as it is now; null where it is gone. */
  status: text,
  user_hash: text,
  user_name: text,
  workspace: text,
  cloud: text,
  region: text,
  resources_str_full: text,
  node_names: text,
});
export type HistoryRecord = z.infer<typeof HistoryRecord>;

/** `POST /jobs/queue/v2`: one task of a managed job. schemas/api/responses.py, ManagedJobRecord */
export const TaskRecord = z.object({
  job_id: z.number().int(),
  task_id: z.number().int().nullish(),
  job_name: text,
  status: z.string(),
  submitted_at: seconds,
  start_at: seconds,
  end_at: seconds,
  last_recovered_at: seconds,
  recovery_count: z.number().nullish(),
  user_name: text,
  user_hash: text,
  workspace: text,
  cloud: text,
  region: text,
  zone: text,
  accelerators: z.record(z.string(), z.number()).nullish(),
  cluster_resources_full: text,
  current_cluster_name: text,
  cluster_name_on_cloud: text,
  node_names: text,
  internal_external_ips: z.array(z.array(text)).nullish(),
  pool: text,
});
export type TaskRecord = z.infer<typeof TaskRecord>;

/** With a limit the queue comes with its totals, else it is a list. */
export const Queue = z
  .union([z.array(TaskRecord), z.object({ jobs: z.array(TaskRecord) })])
  .transform((queue) => (Array.isArray(queue) ? queue : queue.jobs));

/** All that is read of a task; whole job files are not. */
export const TASK_FIELDS = Object.keys(TaskRecord.shape);

/** A service's replica: a cluster of its own. sky/serve/replica_managers.py, to_info_dict */
export const ReplicaRecord = z.object({
  replica_id: z.number().int(),
  name: z.string().min(1),
  status: z.string(),
  is_spot: z.boolean().nullish(),
  /** Null, as is what follows, where its cluster is not there yet or no longer. */
  launched_at: seconds,
  cloud: text,
  region: text,
  resources_str_full: text,
  endpoint: text,
});
export type ReplicaRecord = z.infer<typeof ReplicaRecord>;

/** `POST /serve/status`: a service. sky/serve/server/core.py, status */
export const ServiceRecord = z.object({
  name: z.string().min(1),
  status: z.string(),
  user_hash: text,
  user_name: text,
  workspace: text,
  endpoint: text,
  replica_info: z.array(ReplicaRecord).nullish(),
});
export type ServiceRecord = z.infer<typeof ServiceRecord>;
