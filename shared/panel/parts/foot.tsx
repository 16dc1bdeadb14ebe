import type { Provenance } from '../../model/rate.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { PROVENANCES, ProvenanceBadge } from './figure.tsx';

/** What the marks on the figures mean. */
export function Foot({ snapshot }: { snapshot: Snapshot }) {
  const provenances = Object.entries(PROVENANCES) as [Provenance, string][];
  return (
    <footer class="foot">
      <details>
        <summary>What the figures rest on</summary>
        <dl>
          {provenances.map(([provenance, meaning]) => (
            <div key={provenance}>
              <dt>
                <ProvenanceBadge provenance={provenance} />
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
          <div>
            <dt>≈</dt>
            <dd>Partly metered without fresh evidence that the machine still ran.</dd>
          </div>
          <div>
            <dt>≥</dt>
            <dd>A lower bound: some machine has no known price.</dd>
          </div>
        </dl>
      </details>
      <span class="quiet">Burnrate {snapshot.collector.version}</span>
    </footer>
  );
}
