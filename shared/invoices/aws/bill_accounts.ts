import type { Account } from '../../model/account.ts';

/** One account for each bill: several profiles may be of one AWS account, and the first will do. */
export function billsOf(watched: readonly Account[], foundIn: string): Account[] {
  const seen = new Set<string>();
  return watched.flatMap((account) => {
    const number = account.options.accountNumber;
    const key = typeof number === 'string' ? number : account.id;
    if (seen.has(key)) return [];
    seen.add(key);
    return { ...account, id: `aws:bill-${account.name}`, name: `bill of ${account.name}`, foundIn };
  });
}
