import { serviceUrl } from '@burnrate/shared/sources/rented.ts';
import { expect, test } from 'vitest';

test.each([
  ['https://example.com/api', true],
  ['http://127.0.0.1:8080', true],
  ['http://example.com', false],
  ['example.com', false],
  ['', false],
])('%s may be given a key: %s', (text, answer) => {
  expect(serviceUrl.safeParse(text).success).toBe(answer);
});
