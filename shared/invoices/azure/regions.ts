/**
 * How bills begin the names of regions, and how Resource Manager says it: before the direction, or
 * after it. Bills have `US East 2` where Resource Manager has `eastus2`, but `UK South` for `uksouth`.
 */
const AFTER: Readonly<Record<string, string>> = { us: 'us', eu: 'europe', ap: 'asia', in: 'india' };
const BEFORE: Readonly<Record<string, string>> = {
  ae: 'uae',
  au: 'australia',
  br: 'brazil',
  ca: 'canada',
  ch: 'switzerland',
  de: 'germany',
  es: 'spain',
  fr: 'france',
  il: 'israel',
  it: 'italy',
  ja: 'japan',
  kr: 'korea',
  mx: 'mexico',
  no: 'norway',
  nz: 'newzealand',
  pl: 'poland',
  qa: 'qatar',
  se: 'sweden',
  uk: 'uk',
  za: 'southafrica',
};

/** `eastus2` of `US East 2`; what is no such name stays as it is, in small letters. */
export function regionOf(location: string): string {
  const [first = '', ...rest] = location.trim().toLowerCase().split(/\s+/);
  const number = /^\d+$/.test(rest.at(-1) ?? '') ? (rest.pop() ?? '') : '';
  const direction = rest.join('');
  if (direction === '') return first + number;
  const after = AFTER[first];
  if (after) return direction + after + number;
  const before = BEFORE[first];
  return (before ?? first) + direction + number;
}
