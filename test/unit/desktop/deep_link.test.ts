import { jobOfLink, linkIn, linkToJob } from '@burnrate/desktop/deep_link.ts';
import { mayOpenOutside } from '@burnrate/desktop/outside.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

test('any job id comes back from its link', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (rest) => {
      // Every id begins with its source: none is "." or "..", which a URL takes for steps of a path.
      const id = `aws:${rest}`;
      expect(jobOfLink(linkToJob(id))).toBe(id);
    }),
  );
  const slurm = 'slurm:/etc/slurm:42_[1-3]';
  expect(jobOfLink(linkToJob(slurm))).toBe(slurm);
});

test.each([
  ['burnrate://', null],
  ['burnrate://job/', null],
  ['burnrate://elsewhere/x', null],
  ['burnrate://job/%E0%A4%A', null],
  ['https://job/x', undefined],
  ['--collector', undefined],
  ['C:\\job', undefined],
  [`burnrate://job/${'x'.repeat(3_000)}`, undefined],
])('%s', (link, job) => {
  expect(jobOfLink(link)).toBe(job);
});

test('the link is found among what a second start was given', () => {
  const argv = ['/opt/Burnrate', '--no-sandbox', 'burnrate://job/a', '/tmp'];
  expect(linkIn(argv)).toBe('burnrate://job/a');
  expect(linkIn(['/opt/Burnrate', '--hidden'])).toBeUndefined();
});

test.each([
  ['https://github.com/x', true],
  ['http://github.com/x', false],
  ['https://github.com.evil.example/x', false],
  ['https://github.com@evil.example/', false],
  ['https://someone@github.com/', false],
  ['https://github.com:8443/', false],
  ['file:///etc/passwd', false],
  ['javascript:alert(1)', false],
  ['smb://host/share', false],
  ['not a link', false],
])('outside the app, %s: %s', (link, may) => {
  expect(mayOpenOutside(link)).toBe(may);
});
