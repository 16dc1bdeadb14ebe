import fc from 'fast-check';

/** What may befall a text on its way: cut, doubled, a few characters changed, or another text at all. */
export function damaged(good: string): fc.Arbitrary<string> {
  const at = fc.nat({ max: Math.max(0, good.length - 1) });
  const cut = at.map((end) => good.slice(0, end));
  const doubled = fc
    .tuple(at, at)
    .map(([from, to]) => good.slice(0, from) + good.slice(Math.min(from, to)) + good.slice(to));
  const letter = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary', maxLength: 3 }));
  const changed = fc
    .array(fc.tuple(at, letter), { minLength: 1, maxLength: 4 })
    .map((changes) =>
      changes.reduce(
        (text, [place, other]) => text.slice(0, place) + other + text.slice(place + 1),
        good,
      ),
    );
  return fc.oneof(cut, doubled, changed, fc.string({ unit: 'binary', maxLength: 300 }));
}

/** What means something to some reader, or to one that is careless. */
const HOSTILE = [
  '',
  '\0',
  '\n',
  '"',
  '{',
  '[',
  '-1',
  '1e999',
  'NaN',
  'null',
  '__proto__',
  '99999999999999999999',
  '&a ',
  '*a',
  '<<: ',
  '%',
  '..',
  '\u202e',
];
