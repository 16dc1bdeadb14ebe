import { Repeated } from '@burnrate/shared/sources/dcgm/repeated.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const MOST = 40;

/** What is read of an answer that comes in pieces; undefined where it need not be. */
function readOf(repeated: Repeated, body: string, cuts: readonly number[]): string | undefined {
  const lent = Buffer.alloc(64);
  const read: string[] = [];
  let isSame = true;
  const take = (pieces: readonly Buffer[] | undefined) => {
    if (!pieces) return;
    isSame = false;
    read.push(...pieces.map(String));
  };
  repeated.begin();
  const ends = [...cuts.map((cut) => cut % (body.length + 1)).sort((a, b) => a - b), body.length];
  let from = 0;
  for (const end of ends) {
    // Bytes are only lent: the next piece comes to the same place.
    const piece = lent.subarray(0, lent.write(body.slice(from, end)));
    take(repeated.push(piece));
    from = end;
  }
  take(repeated.end());
  return isSame ? undefined : read.join('');
}

const body = fc
  .tuple(fc.constantFrom('', 'a', 'ab', 'abc', 'abcabc', 'abcabd'), fc.nat({ max: 9 }))
  .map(([text, times]) => text.repeat(times));

test('an answer is read whole, or not at all where it is the one before, in pieces of any size', () => {
  const answer = fc.record({
    body,
    cuts: fc.array(fc.nat(), { maxLength: 4 }),
    fails: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(answer, { minLength: 2, maxLength: 12 }), (answers) => {
      const repeated = new Repeated(MOST);
      let known: string | undefined;
      for (const { body, cuts, fails } of answers) {
        if (fails && body.length > 0) {
          // The connection is cut within the answer.
          repeated.begin();
          const part = body.slice(0, 1 + ((cuts[0] ?? 0) % body.length));
          repeated.push(Buffer.from(part));
          if (!known?.startsWith(part)) known = undefined;
          continue;
        }
        expect(readOf(repeated, body, cuts)).toBe(body === known ? undefined : body);
        known = body.length > 0 && body.length <= MOST ? body : undefined;
      }
    }),
    { numRuns: 2000 },
  );
});
