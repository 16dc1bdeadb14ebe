/**
 * `1,204`: a whole number with its thousands apart, as in US English. The collector says counts and
 * sums in English; ICU's formats would do the same, and take 7 MB of memory with their first use.
 */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 service`, `1,204 services`. */
export function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;
}
