import { SourceError } from '../source.ts';

/** What thirty regions fail of in the same way is one failure, which names them. */
export function mergeFailures(failures: readonly SourceError[]): SourceError[] {
  const groups = Map.groupBy(failures, ({ kind, remedy }) => `${kind} ${remedy}`);
  return [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    if (!first || alike.length === 1) return alike;
    const waits = alike.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
    return new SourceError(first.kind, {
      account: first.account,
      message: `${first.message} (and ${alike.length - 1} more calls alike)`,
      remedy: first.remedy,
      ...(waits.length > 0 && { retryAfterMs: Math.max(...waits) }),
    });
  });
}
