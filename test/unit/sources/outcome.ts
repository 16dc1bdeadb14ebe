import { inspect } from 'node:util';
import { type Account, Failure } from '@burnrate/shared/model/account.ts';
import { SourceError } from '@burnrate/shared/sources/source.ts';
import { expect } from 'vitest';

/** Longer than any deadline here: what is still pending then hangs. */
export const HANGS_MS = 20_000;

/** The outcome of a call, or a failure of the test where it hangs. */
export async function settles<T>(call: Promise<T>): Promise<{ value?: T; error?: unknown }> {
  let timer: NodeJS.Timeout | undefined;
  const hung = new Promise<never>((_, reject) => {
    const message = `still pending ${HANGS_MS} ms later`;
    timer = setTimeout(() => reject(new Error(message)), HANGS_MS + 5000);
  });
  const outcome = call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  try {
    return await Promise.race([outcome, hung]);
  } finally {
    clearTimeout(timer);
  }
}

export function expectFailure(error: unknown, account: Account): asserts error is SourceError {
  if (!(error instanceof SourceError)) throw error;
  Failure.parse({ ...error, message: error.message, at: 0 });
  expect(error.account).toBe(account.id);
  expect(error.message.trim()).not.toBe('');
  expect(error.remedy.trim()).not.toBe('');
}

/** Either the signal's own reason, or a SourceError that says the same. */
export function expectAborted(error: unknown, signal: AbortSignal, account: Account): void {
  if (error === signal.reason) return;
  expectFailure(error, account);
  expect(error.kind).toBe('unreachable');
}

/** Looks at all that a log, a snapshot or a crash report would hold of the value. */
export function expectNoSecret(site: { canary?: string }, value: unknown): void {
  if (site.canary === undefined) return;
  expect(inspect(value, { depth: 20, maxStringLength: null, maxArrayLength: null })).not.toContain(
    site.canary,
  );
}
