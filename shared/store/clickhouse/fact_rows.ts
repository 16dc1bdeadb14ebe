import type { Alert } from '../../model/alert.ts';
import type { Job } from '../../model/job.ts';
import type { Node } from '../../model/node.ts';
import { projectOf } from '../../model/project.ts';
import { runOf } from '../../model/run_name.ts';
import type { AlertRow, JobRow, NodeRow } from './tables.ts';

/** Of a row, what its sender adds. */
type Sender = 'collector' | 'version';

/** What a team is told of a machine. */
export function nodeRow(node: Node): Omit<NodeRow, Sender> {
  return {
    id: node.id,
    name: node.name,
    source: node.source,
    account: node.account,
    owner: node.owner ?? '',
    mine: Number(node.mine),
    state: node.state,
    gpus: node.gpus.count,
    gpu_model: node.gpus.model ?? '',
    aliases: node.aliases,
    labels: JSON.stringify(node.labels),
    price_key: node.priceKey ? JSON.stringify(node.priceKey) : '',
  };
}

/** What a team is told of a job: no labels, processes or pods. */
export function jobRow(job: Job): Omit<JobRow, Sender> {
  return {
    id: job.id,
    name: job.name,
    source: job.source,
    account: job.account,
    owner: job.owner ?? '',
    project: projectOf(job) ?? '',
    run: runOf(job),
    mine: Number(job.mine),
    state: job.state,
    started_at: job.startedAt ?? 0,
    ended_at: job.endedAt ?? 0,
  };
}

/** What a team is told of an alert. */
export function alertRow(alert: Alert): Omit<AlertRow, Sender> {
  return {
    id: alert.id,
    rule: alert.rule,
    subject: alert.subject,
    subject_kind: alert.subjectKind,
    state: alert.state,
    severity: alert.severity,
    title: alert.title,
    micros_per_hour: alert.microsPerHour,
    micros_wasted: alert.microsWasted,
    since: alert.since,
    fired_at: alert.firedAt ?? 0,
    resolved_at: alert.resolvedAt ?? 0,
  };
}
