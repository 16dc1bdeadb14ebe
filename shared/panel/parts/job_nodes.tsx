import type { Share } from '../../model/job.ts';
import type { JobView, NodeView, Snapshot } from '../../model/snapshot.ts';
import { count } from '../locale.ts';
import { NodeFacts, namesOf } from './node_facts.tsx';

/** Which machines a job holds, and what part of each. */
export function JobNodes({ job, snapshot }: { job: JobView; snapshot: Snapshot }) {
  const nodes = new Map(
    snapshot.nodes.flatMap((node) => namesOf(node).map((name): [string, NodeView] => [name, node])),
  );
  const find = ({ node }: Share) => nodes.get(node) ?? nodes.get(`${job.account}:${node}`);
  return (
    <section class="card" aria-labelledby="held-title">
      <header class="card-head">
        <h2 id="held-title">Nodes and GPUs</h2>
        {job.shares.length > 1 && <p class="quiet">{count(job.shares.length)} nodes</p>}
      </header>
      {job.shares.length === 0 && <p class="quiet">It holds no machine yet.</p>}
      <ul class="held">
        {job.shares.map((share) => (
          <Held
            key={`${share.node} ${share.from ?? ''} ${share.pod ?? ''}`}
            share={share}
            node={find(share)}
            holders={holdersOf(share, snapshot)}
          />
        ))}
      </ul>
    </section>
  );
}

/** How many jobs hold the same node now. */
function holdersOf({ node }: Share, { jobs }: Snapshot): number {
  return jobs.filter(
    ({ state, shares }) => state === 'running' && shares.some((share) => share.node === node),
  ).length;
}

interface HeldProps {
  share: Share;
  node: NodeView | undefined;
  holders: number;
}

function Held({ share, node, holders }: HeldProps) {
  const model = node && node.gpus.count > 0 ? (node.gpus.model ?? 'GPU') : undefined;
  return (
    <li>
      <div class="held-who">
        <strong>{node?.name ?? share.node}</strong>
        <NodeFacts node={node} gpus={model} />
      </div>
      <p class="held-part">
        {partOf(share, node, holders)}
        {share.gpuIndexes && share.gpuIndexes.length > 0 && (
          <span class="quiet age">no. {share.gpuIndexes.join(', ')}</span>
        )}
      </p>
    </li>
  );
}

function partOf({ gpus, cores }: Share, node: NodeView | undefined, holders: number): string {
  const all = node?.gpus.count ?? 0;
  if (gpus !== undefined)
    return all > gpus ? `${count(gpus)} of ${count(all)} GPUs` : gpuText(gpus);
  if (cores !== undefined) {
    const total = node?.cores;
    return total === undefined
      ? `${count(cores)} cores`
      : `${count(cores)} of ${count(total)} cores`;
  }
  if (holders > 1) return `shared by ${count(holders)} jobs`;
  if (all === 0) return 'the whole node';
  return all === 1 ? gpuText(all) : `all ${gpuText(all)}`;
}

function gpuText(number: number): string {
  return number === 1 ? '1 GPU' : `${count(number)} GPUs`;
}
