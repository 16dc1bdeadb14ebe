import { parseRecords, separator } from '@burnrate/shared/sources/slurm/records.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const FIELDS = ['id', 'user', 'name'] as const;

const HOSTILE = [
  '',
  '\n',
  'train\n',
  '\n2~|~root~|~',
  '<img src=x onerror=alert(1)>',
  '\u001b[31mred\u001b[0m\u0007',
  '9999|root|RUNNING\n10000|root|RUNNING',
  'x'.repeat(10_000),
];

test('no name breaks a record, whatever is in it', () => {
  const name = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary' }));
  const job = fc.record({
    id: fc.stringMatching(/^\d{1,8}$/),
    user: fc.constantFrom('ada', 'bob'),
    name,
  });
  fc.assert(
    fc.property(fc.array(job), (jobs) => {
      const between = separator();
      const text = jobs.map(({ id, user, name }) => `${[id, user, name].join(between)}\n`).join('');
      expect(parseRecords(text, FIELDS, between)).toEqual(jobs);
    }),
  );
});

test('no two separators are alike, and none begins with a digit or holds a comma', () => {
  expect(separator()).not.toBe(separator());
  expect(separator()).toMatch(/^~[0-9a-f]{16}~$/);
});

test.each(['Please sign in\n', '1~s~ada\n', '1~s~ada~s~x\n2~s~bob\n'])(
  '%j is not such records',
  (text) => {
    expect(() => parseRecords(text, FIELDS, '~s~')).toThrow(RangeError);
  },
);
