import { useState } from 'preact/hooks';
import type { NodeView, Snapshot } from '../../model/snapshot.ts';
import { ago, count, money } from '../locale.ts';
import { useNow } from '../page_context.ts';
import { Amount, Margin, ProvenanceBadge } from './figure.tsx';
import { NodeFacts, namesOf } from './node_facts.tsx';

/** More are shown when asked for. */
const AT_ONCE = 8;

/** The machines of mine, and those that hold my jobs; those with idle cost first. */
export function Nodes({ snapshot }: { snapshot: Snapshot }) {
  const [all, showAll] = useState(false);
  const held = new Set(
    snapshot.jobs
      .filter((job) => job.mine && job.state !== 'ended')
      .flatMap(({ account, shares }) => shares.flatMap(({ node }) => [node, `${account}:${node}`])),
  );
  const nodes = snapshot.nodes
    .filter((node) => node.state !== 'ended' && node.state !== 'stopped')
    .filter((node) => node.mine || namesOf(node).some((name) => held.has(name)))
    .sort((a, b) => b.idle.micros - a.idle.micros || priceOf(b) - priceOf(a));
  if (nodes.length === 0) return null;
  const shown = all ? nodes : nodes.slice(0, AT_ONCE);
  return (
    <section class="card" aria-labelledby="nodes-title">
      <header class="card-head">
        <h2 id="nodes-title">Nodes</h2>
      </header>
      <ul class="nodes">
        {shown.map((node) => (
          <NodeItem key={node.id} node={node} />
        ))}
      </ul>
      {shown.length < nodes.length && (
        <button type="button" class="button more" onClick={() => showAll(true)}>
          Show all {count(nodes.length)}
        </button>
      )}
    </section>
  );
}

function NodeItem({ node }: { node: NodeView }) {
  const now = useNow();
  const { price, gpus } = node;
  return (
    <li>
      <div class="node-who">
        <strong title={node.alsoKnownAs.join(', ') || undefined}>{node.name}</strong>
        <NodeFacts node={node} gpus={gpuText(gpus)} />
      </div>
      <div class="node-cost">
        {price ? (
          <span class="node-price" title={`${price.basis}, read ${ago(price.asOf, now)}`}>
            <span>
              {money(price.microsPerHour)}/h
              <Margin of={price} /> <ProvenanceBadge provenance={price.provenance} brief />
            </span>
            <span class="age quiet">{ago(price.asOf, now)}</span>
          </span>
        ) : (
          <span class="quiet">price unknown</span>
        )}
        {node.idle.micros > 0 && (
          <span class="idle">
            idle <Amount figure={node.idle} per="h" />
          </span>
        )}
      </div>
    </li>
  );
}

function gpuText({ count: number, model }: NodeView['gpus']): string | undefined {
  if (number === 0) return undefined;
  return `${count(number)} × ${model ?? 'GPU'}`;
}

function priceOf(node: NodeView): number {
  return node.price?.microsPerHour ?? 0;
}
