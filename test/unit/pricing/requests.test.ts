import { requestCost } from '@burnrate/shared/pricing/egress/requests.ts';
import { expect, test } from 'vitest';

const aws = (region: string) => ({ provider: 'aws', region });

test('requests cost what the list asks for a thousand, with its source and date', () => {
  // https://aws.amazon.com/s3/pricing/: $0.005 for 1,000 PUT and $0.0004 for 1,000 GET.
  const cost = requestCost(aws('us-east-1'), { puts: 3_000, gets: 10_000 });
  expect(cost).toEqual({
    micros: 3 * 5_000 + 10 * 400,
    provenance: 'list',
    basis: expect.stringMatching(
      /^list of request prices \(standard class\), 20\d\d-\d\d-\d\d, from [\w.-]+$/,
    ),
  });
});

test('each region has its own price, and one that no list has has none', () => {
  const thousand = (region: string) => requestCost(aws(region), { puts: 1_000, gets: 0 })?.micros;
  expect(thousand('us-west-2')).toBe(5_000);
  expect(thousand('eu-central-1')).toBe(5_400);
  expect(thousand('ap-northeast-1')).toBe(4_700);
  expect(thousand('ap-southeast-2')).toBe(5_500);
  expect(thousand('sa-east-1')).toBe(7_000);
  expect(thousand('cn-north-1')).toBeUndefined();
  expect(
    requestCost({ provider: 'gcp', region: 'us-east1' }, { puts: 1, gets: 1 }),
  ).toBeUndefined();
});

test('a single request is not nothing where it is a micro-dollar at least', () => {
  expect(requestCost(aws('us-east-1'), { puts: 1, gets: 0 })?.micros).toBe(5);
  expect(requestCost(aws('us-east-1'), { puts: 0, gets: 1_000_000 })?.micros).toBe(400_000);
});
