/** The records of RFC 4180 text, each field as it is written; absent and quoted-empty differ. */
export function readCsv(text: string): (string | null)[][] {
  const records: (string | null)[][] = [];
  let record: (string | null)[] = [];
  let at = 0;
  while (at < text.length) {
    let value: string | null = null;
    if (text[at] === '"') {
      value = '';
      at += 1;
      for (;;) {
        if (at >= text.length) throw new Error('a quoted field does not end');
        if (text[at] !== '"') value += text[at++];
        else if (text[at + 1] === '"') {
          value += '"';
          at += 2;
        } else break;
      }
      at += 1;
    } else {
      const start = at;
      while (at < text.length && text[at] !== ',' && text[at] !== '\r') {
        if (text[at] === '"' || text[at] === '\n') throw new Error(`bare at ${at}: ${text[at]}`);
        at += 1;
      }
      if (at > start) value = text.slice(start, at);
    }
    record.push(value);
    if (text[at] === ',') at += 1;
    else if (text.startsWith('\r\n', at)) {
      records.push(record);
      record = [];
      at += 2;
    } else throw new Error(`neither the end of a field nor of a line at ${at}`);
  }
  if (record.length > 0) throw new Error('the last line does not end');
  return records;
}

/** All that is written, piece after piece. */
export async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** Each record by the names in the head. All must have as many fields as there are names. */
export function readTable(text: string): Record<string, string | null>[] {
  const [head = [], ...rows] = readCsv(text);
  return rows.map((row) => {
    if (row.length !== head.length) throw new Error(`${row.length} fields under ${head.length}`);
    return Object.fromEntries(head.map((name, index) => [name ?? '', row[index] ?? null]));
  });
}

/** The text of a field before it was made safe for spreadsheets. */
export function plainText(field: string | null): string | null {
  return field?.startsWith("'") && /^'+\s*[=+\-@\t\r＝＋－＠]/.test(field) ? field.slice(1) : field;
}

/** An exact sum of decimals in micro-dollars; throws on more digits than those. */
export function microsOf(decimals: readonly (string | null | undefined)[]): number {
  return decimals.reduce((sum, decimal) => {
    const [, sign, whole, rest] = /^(-?)(\d+)\.(\d{6})$/.exec(decimal ?? '') ?? [];
    if (whole === undefined) throw new Error(`no amount: ${decimal}`);
    return sum + Number(`${sign}${whole}${rest}`);
  }, 0);
}
