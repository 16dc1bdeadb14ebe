import { SourceError } from '../source.ts';

const NAMED = 20;

/** Several failures as one: how many, and each by name as far as a line holds them. */
export function summed(account: string, failures: readonly SourceError[], of: number): SourceError {
  const [first, ...others] = failures;
  if (!first)
    return new SourceError('not-configured', {
      account,
      message: 'there is no exporter to ask',
      remedy: 'Name exporters under sources.dcgm.endpoints in burnrate.yaml.',
    });
  if (others.length === 0) return first;
  const byKind = [...Map.groupBy(failures, ({ kind }) => kind).values()];
  const [most = failures] = byKind.toSorted((a, b) => b.length - a.length);
  const listed = failures.slice(0, NAMED).map(({ message }) => message);
  const more = failures.length - listed.length;
  const waits = failures.map(({ retryAfterMs }) => retryAfterMs ?? 0);
  const retryAfterMs = Math.min(...waits);
  return new SourceError(most[0]?.kind ?? first.kind, {
    account,
    message: `${failures.length} of ${of} exporters could not be read: ${listed.join('; ')}${more > 0 ? `; and ${more} more` : ''}`,
    remedy: most[0]?.remedy ?? first.remedy,
    ...(retryAfterMs > 0 && { retryAfterMs }),
  });
}
