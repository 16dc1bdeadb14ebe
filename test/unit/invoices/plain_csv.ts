/** A record in CSV, all of its fields in quotes. */
export function csvOf(fields: readonly string[]): string {
  return fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(',');
}

/**
 * Reads CSV character by character, as plainly as can be: each record that is not blank with its
 * number, or the beginning of what is said where there is something wrong. All are as wide as the
 * first.
 */
export function plainRecords(text: string, width: number): [number, string[]][] | string {
  const records: [number, string[]][] = [];
  const left = [...text];
  let line = 1;
  for (let number = 1; left.length > 0; number += 1) {
    const fields: string[] = [];
    let lines = 1;
    for (let isOver = false; !isOver; ) {
      let field = '';
      if (left[0] === '"') {
        left.shift();
        while (left[0] !== '"' || left[1] === '"') {
          const character = left.shift();
          if (character === undefined) return `Line ${line}: a quote is never closed`;
          if (character === '"') left.shift();
          if (character === '\n') lines += 1;
          field += character;
        }
        left.shift();
        if (left.length > 0 && !',\r\n'.includes(left[0] ?? '')) {
          return `Line ${line}: text goes on after the closing quote of field ${fields.length + 1}`;
        }
      } else {
        while (left.length > 0 && !',\r\n'.includes(left[0] ?? '')) field += left.shift();
      }
      fields.push(field);
      const next = left.shift();
      if (next === '\r' && left[0] === '\n') left.shift();
      isOver = next !== ',';
    }
    if (fields.length > 1 || fields[0] !== '') {
      if (fields.length !== width) {
        return `Line ${line} has ${fields.length} fields, the header has ${width}`;
      }
      records.push([number, fields]);
    }
    line += lines;
  }
  return records;
}
