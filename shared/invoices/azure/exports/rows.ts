import type { Instant } from '../../../model/time.ts';
import { readFocus } from '../../focus/lines.ts';
import type { InvoiceLine } from '../../line.ts';
import { handedFrom } from '../../table/handed.ts';

const HINT = 'choose the dataset "Cost and usage details (FOCUS)" for the export';

/** The lines of one file in FOCUS, some thousand at a time. Throws a TableError. */
export async function* linesIn(path: string, asOf: Instant): AsyncGenerator<InvoiceLine[]> {
  for await (const lines of handedFrom(path, (table, hand) => readFocus(table, asOf, HINT, hand)))
    yield lines.map(asNodesAre);
}

/** Azure spells ids in more than one way within one bill; nodes have them in small letters. */
function asNodesAre({ resourceId, ...line }: InvoiceLine): InvoiceLine {
  return { ...line, ...(resourceId !== undefined && { resourceId: resourceId.toLowerCase() }) };
}
