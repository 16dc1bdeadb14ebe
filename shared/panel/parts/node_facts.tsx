import type { NodeView } from '../../model/snapshot.ts';

/** A line of what a machine is; what is unknown is left out. `gpus`: how its GPUs are told of there. */
export function NodeFacts({
  node,
  gpus,
}: {
  node: NodeView | undefined;
  gpus?: string | undefined;
}) {
  const key = node?.priceKey;
  const facts = [
    key?.instanceType,
    gpus,
    key?.zone ?? key?.region,
    key && key.market !== 'on-demand' ? key.market : undefined,
    node && node.state !== 'running' ? node.state : undefined,
  ];
  return (
    <p class="quiet facts">
      {facts
        .filter((fact) => fact !== undefined && fact !== '')
        .map((fact) => (
          <span key={fact} class="fact">
            {fact}
          </span>
        ))}
    </p>
  );
}

/** Every name that a share may have for the machine. */
export function namesOf({ id, name, aliases, alsoKnownAs }: NodeView): string[] {
  return [id, name, ...aliases, ...alsoKnownAs];
}
