import { randomBytes } from 'node:crypto';

/**
 * A separator that nobody who names a job can know beforehand, so that no name can hold it. Slurm
 * would take a leading digit for a width.
 */
export function separator(): string {
  return `~${randomBytes(8).toString('hex')}~`;
}

/**
 * Records that Slurm has printed with such a separator between their fields, a line each. The last
 * field alone may hold line breaks (a job's name may); the first never does, so that what follows
 * a record's last line break is the next record's first field. Throws a RangeError where a record
 * lacks fields.
 */
export function parseRecords<Field extends string>(
  text: string,
  fields: readonly Field[],
  between: string,
): Record<Field, string>[] {
  if (text === '') return [];
  const parts = text.replace(/\n$/, '').split(between);
  const gaps = fields.length - 1;
  if ((parts.length - 1) % gaps !== 0 || parts.length === 1)
    throw new RangeError(`not records of ${fields.length} fields: ${text.slice(0, 200)}`);
  const records: Record<Field, string>[] = [];
  let first = parts[0] ?? '';
  for (let index = 1; index < parts.length; index += gaps) {
    const rest = parts.slice(index, index + gaps);
    let last = rest.pop() ?? '';
    let next = '';
    if (index + gaps < parts.length) {
      const lineBreak = last.lastIndexOf('\n');
      next = last.slice(lineBreak + 1);
      last = last.slice(0, Math.max(0, lineBreak));
    }
    const values = [first, ...rest, last];
    records.push(
      Object.fromEntries(fields.map((field, at) => [field, values[at] ?? ''])) as Record<
        Field,
        string
      >,
    );
    first = next;
  }
  return records;
}
