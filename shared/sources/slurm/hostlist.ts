/** More hosts than any cluster has: a list that says so is not one of hosts. */
const MAX_HOSTS = 100_000;

/**
 * The hosts of a Slurm host list, in its order: `gpu[1-3,07],login` is gpu1, gpu2, gpu3, gpu07,
 * login. Several brackets multiply, the last one fastest: `rack[0-1]n[1-2]`. Throws a RangeError
 * where the text is no host list.
 *
 * Grammar: https://slurm.schedmd.com/slurm.conf.html#OPT_NodeName
 */
export function expandHostlist(text: string): string[] {
  if (text === '' || text === '(null)' || text === 'None assigned' || text === 'N/A') return [];
  return splitOutside(text, '[', ']').flatMap((part) => expandOne(part));
}

/** Splits at commas that stand outside of the brackets. */
export function splitOutside(text: string, open: string, close: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === open) depth += 1;
    else if (char === close) depth -= 1;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.filter((part) => part !== '');
}

function expandOne(part: string): string[] {
  const match = /^([^[\]]*)\[([^[\]]*)\](.*)$/s.exec(part);
  if (!match) {
    if (/[[\]\s]/.test(part)) throw new RangeError(`not a host list: ${part.slice(0, 200)}`);
    return [part];
  }
  const [, prefix = '', ranges = '', rest = ''] = match;
  const numbers = ranges.split(',').flatMap(expandRange);
  const tails = rest === '' ? [''] : expandOne(rest);
  if (numbers.length * tails.length > MAX_HOSTS) throw tooMany(part);
  return numbers.flatMap((number) => tails.map((tail) => `${prefix}${number}${tail}`));
}

/** `08-11` is 08, 09, 10, 11: as many digits as the first number has. */
function expandRange(range: string): string[] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(range);
  const [, first = '', last = first] = match ?? [];
  const from = Number(first);
  const to = Number(last);
  if (!match || to < from) throw new RangeError(`not a range of hosts: ${range.slice(0, 200)}`);
  if (to - from >= MAX_HOSTS) throw tooMany(range);
  return Array.from({ length: to - from + 1 }, (_, index) =>
    String(from + index).padStart(first.length, '0'),
  );
}

function tooMany(text: string): RangeError {
  return new RangeError(`more than ${MAX_HOSTS} hosts: ${text.slice(0, 200)}`);
}

/** The numbers of `0-1,4`; undefined where it is no such list. */
export function expandNumbers(text: string): number[] | undefined {
  if (!/^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/.test(text)) return undefined;
  try {
    return text.split(',').flatMap(expandRange).map(Number);
  } catch {
    // A range that runs backwards.
    return undefined;
  }
}
