import type { JobView, NodeView } from '../model/snapshot.ts';
import { type Instant, MINUTE } from '../model/time.ts';
import type { Finding, Rule, Scene } from './rule.ts';
import { hourly } from './subject.ts';

/** It is no state that lasts: it is said, and over after this time. */
const NEWS_MS = 10 * MINUTE;

interface Loss {
  job: JobView;
  what: string;
  detail: string;
  at: Instant;
}

/**
 * `preemption`: a running job of mine lost a spot machine, or its scheduler took its place away,
 * and nobody asked Burnrate to stop it. The money spent since its last checkpoint is lost.
 */
export function preemptionRule(): Rule {
  let before: Pick<Scene, 'jobs' | 'nodes'> = { jobs: [], nodes: [] };
  const losses = new Map<string, Loss>();
  return {
    id: 'preemption',
    evaluate: (scene) => {
      const asked = new Set(scene.stops.map(({ jobId }) => jobId));
      for (const loss of [...lostMachines(before, scene), ...evicted(before, scene)]) {
        if (!asked.has(loss.job.id)) losses.set(loss.job.id, loss);
      }
      before = { jobs: scene.jobs, nodes: scene.nodes };
      for (const [id, { at }] of losses) if (scene.now - at > NEWS_MS) losses.delete(id);
      return [...losses.values()].map(findingOf);
    },
  };
}

/** Jobs that ran on a spot machine at the last look, which runs no more. */
function lostMachines(before: Pick<Scene, 'jobs' | 'nodes'>, scene: Scene): Loss[] {
  const states = new Map(scene.nodes.map((node) => [node.id, node]));
  const lost = before.nodes.filter(
    (node) =>
      node.priceKey?.market === 'spot' &&
      node.state === 'running' &&
      ['stopping', 'stopped', 'ended'].includes(states.get(node.id)?.state ?? 'ended'),
  );
  return lost.flatMap((node) =>
    before.jobs
      .filter((job) => job.mine && job.state === 'running' && runsOn(job, node))
      // A job that ended with its machine may just be done, unless the provider says otherwise.
      .filter((job) => wasTaken(states.get(node.id)?.labels) || goesOn(job, scene))
      .map((job) => ({
        job,
        what: `lost its spot machine ${node.name}`,
        detail: `It ended while ${job.name} was running.`,
        at: scene.now,
      })),
  );
}

function runsOn(job: JobView, node: NodeView): boolean {
  return job.shares.some((share) => share.node === node.id || node.aliases.includes(share.node));
}

/** `Server.SpotInstanceTermination`, and the like (the source's label `endReason`). */
function wasTaken(labels: Readonly<Record<string, string>> | undefined): boolean {
  return /spot|preempt|evict/i.test(labels?.endReason ?? '');
}

function goesOn(job: JobView, scene: Scene): boolean {
  const now = scene.jobs.find(({ id }) => id === job.id);
  return now !== undefined && now.state !== 'ended';
}

/** Jobs whose scheduler says so itself. */
function evicted(before: Pick<Scene, 'jobs'>, scene: Scene): Loss[] {
  const was = new Map(before.jobs.map((job) => [job.id, job]));
  const isEvicted = ({ labels }: JobView) => /\bpreempted\b/.test(labels.slurmState ?? '');
  const recoveries = (job: JobView | undefined) => Number(job?.labels.recoveries ?? 0);
  return scene.jobs.flatMap((job): Loss[] => {
    const earlier = was.get(job.id);
    if (!job.mine || !earlier) return [];
    const loss = { job, at: scene.now };
    if (earlier.state === 'running' && isEvicted(job)) {
      const detail = 'The scheduler gave its place to a job that goes before it.';
      return [{ ...loss, what: 'was preempted', detail }];
    }
    if (recoveries(job) > recoveries(earlier)) {
      const detail = 'It was recovered on another machine.';
      return [{ ...loss, what: 'lost its machine', detail }];
    }
    return [];
  });
}

function findingOf({ job, what, detail, at }: Loss): Finding {
  return {
    subject: job.id,
    subjectKind: 'job',
    severity: 'warning',
    title: `${job.name} ${what}`,
    detail: `${detail} What it did since its last checkpoint is lost.`,
    evidence: [
      { label: 'rate until then', value: hourly(job) },
      { label: 'GPUs', value: String(job.gpus) },
    ],
    microsPerHour: 0,
    since: at,
    holdMs: 0,
  };
}
