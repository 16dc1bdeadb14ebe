import type { Account } from '../../model/account.ts';

/**
 * One account for each bill: several profiles may be of one AWS account, and the first will do. It
 * keeps its id, by which what it runs is known as well.
 */
export function billsOf(watched: readonly Account[]): Account[] {
  const seen = new Set<unknown>();
  return watched.filter(({ id, options }) => {
    const key = options.accountNumber ?? id;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
