import { expandHostlist, expandNumbers } from '@burnrate/shared/sources/slurm/hostlist.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test.each([
  ['', []],
  ['(null)', []],
  ['None assigned', []],
  ['login', ['login']],
  ['gpu-[1-3,07],login', ['gpu-1', 'gpu-2', 'gpu-3', 'gpu-07', 'login']],
  ['n[008-011]', ['n008', 'n009', 'n010', 'n011']],
  ['n[9-11]', ['n9', 'n10', 'n11']],
  ['rack[0-1]n[1-2]', ['rack0n1', 'rack0n2', 'rack1n1', 'rack1n2']],
  ['n[1-2].example.org', ['n1.example.org', 'n2.example.org']],
])('%s', (text, hosts) => {
  expect(expandHostlist(text)).toEqual(hosts);
});

test.each(['n[1-', 'n]1[', 'n[]', 'n[a-b]', 'n[3-1]', 'a b', 'n[1-999999999]', 'n[0-999]m[0-999]'])(
  '%s is no host list',
  (text) => {
    expect(() => expandHostlist(text)).toThrow(RangeError);
  },
);

test('a list expands to the hosts that it was made of, in their order', () => {
  const range = fc
    .tuple(fc.nat(500), fc.nat(20), fc.integer({ min: 1, max: 5 }))
    .map(([from, more, width]) => ({ from, to: from + more, width }));
  const prefix = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z])?$/);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(prefix, fc.array(range, { minLength: 1 })), { maxLength: 5 }),
      (parts) => {
        const pad = (number: number, width: number) => String(number).padStart(width, '0');
        const text = parts
          .map(([name, ranges]) => {
            const inside = ranges.map(({ from, to, width }) =>
              from === to ? pad(from, width) : `${pad(from, width)}-${pad(to, width)}`,
            );
            return `${name}[${inside.join()}]`;
          })
          .join();
        const hosts = parts.flatMap(([name, ranges]) =>
          ranges.flatMap(({ from, to, width }) =>
            Array.from({ length: to - from + 1 }, (_, index) => name + pad(from + index, width)),
          ),
        );
        expect(expandHostlist(text)).toEqual(hosts);
      },
    ),
  );
});

test('whatever the text, it is a list of hosts or a RangeError, at once', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-c0-9[\],-]{0,40}$/), (text) => {
      try {
        expect(expandHostlist(text).length).toBeLessThanOrEqual(200_000);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});

test('lists of indexes', () => {
  expect(expandNumbers('0-2,5')).toEqual([0, 1, 2, 5]);
  for (const text of ['', 'N/A', '3-1', '1,', '-']) expect(expandNumbers(text)).toBeUndefined();
});
