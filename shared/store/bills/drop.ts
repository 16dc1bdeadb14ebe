import { DAY, type Interval } from '../../model/time.ts';
import type { Connection } from '../connection.ts';
import { markChanged } from './writer.ts';

/** So many lines are looked at in one step. */
const AT_ONCE = 2_000;

/** Takes the lines of one edition of a part away, step by step; its days are to be reconciled anew. */
export function* dropLines(
  connection: Connection,
  part: number,
  { from, to }: Interval,
): Generator<void> {
  let after = [from, -1, -1, -1];
  for (;;) {
    const end = connection.get<{ from_ms: number; item: number; to_ms: number; part: number }>(
      `SELECT * FROM (SELECT from_ms, item, to_ms, part FROM line
         WHERE (from_ms, item, to_ms, part) > (?1, ?2, ?3, ?4) AND from_ms < ?5
         ORDER BY 1, 2, 3, 4 LIMIT ${AT_ONCE})
       ORDER BY 1 DESC, 2 DESC, 3 DESC, 4 DESC LIMIT 1`,
      ...after,
      to,
    );
    if (!end) break;
    const last = [end.from_ms, end.item, end.to_ms, end.part];
    connection.run(
      `DELETE FROM line WHERE (from_ms, item, to_ms, part) > (?1, ?2, ?3, ?4)
         AND (from_ms, item, to_ms, part) <= (?5, ?6, ?7, ?8) AND part = ?9`,
      ...after,
      ...last,
      part,
    );
    after = last;
    yield;
  }
  markChanged(connection, Math.floor(from / DAY), Math.ceil(to / DAY));
}
