import {
  admit,
  cleanMessage,
  cleanName,
  withoutSecrets,
} from '@burnrate/shared/collector/border.ts';
import type { Job } from '@burnrate/shared/model/job.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const job: Job = {
  id: 'slurm:lab:42',
  source: 'slurm',
  account: 'slurm:lab',
  nativeId: '42',
  name: 'train',
  mine: true,
  level: 'scheduler',
  state: 'running',
  shares: [],
  labels: {},
};

test.each([
  ['plain name', 'plain name'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007', 'click'],
  ['two\nlines\tand\u0000nul', 'two lines and nul'],
  ['abc\u202egnp.exe', 'abc gnp.exe'],
  ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ['x'.repeat(10_240), `${'x'.repeat(199)}…`],
])('a name is cleaned: %j', (name, clean) => {
  expect(cleanName(name)).toBe(clean);
});

test('whatever comes in, a clean name is short, one line and without control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 4000 }), (name) => {
      const clean = cleanName(name);
      expect(clean.length).toBeLessThanOrEqual(200);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is tested
      expect(clean).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
    }),
  );
});

test('credentials in a message become unreadable, the rest stays', () => {
  const message =
    'GET https://ada:hunter2@host/x?token=abc123&page=2 failed: Authorization: Bearer eyJhbGciOi.J9 for AKIAIOSFODNN7EXAMPLE, api_key="sk-1234"';
  const clean = withoutSecrets(message);
  for (const secret of ['hunter2', 'abc123', 'eyJhbGciOi', 'AKIAIOSFODNN7EXAMPLE', 'sk-1234']) {
    expect(clean).not.toContain(secret);
  }
  expect(clean).toContain('https://ada:***@host/x');
  expect(clean).toContain('page=2');
  expect(cleanMessage(message)).not.toContain('hunter2');
});

test('whether a file that is named after a secret is there may be read', () => {
  for (const told of ['not there', 'there, but LAMBDA_API_KEY comes first', 'used'])
    expect(withoutSecrets(`~/.fluidstack/api_key: ${told}`)).toContain(told);
  expect(withoutSecrets('api_key: nothing-to-see')).toBe('api_key: ***');
  expect(withoutSecrets('token: there1s-one')).toBe('token: ***');
});

test('a hostile job is admitted with a clean name and an untouched id', () => {
  const hostile = `\u001b[2J<img onerror>${'A'.repeat(10_000)}`;
  const id = `slurm:lab:${'9'.repeat(500)}`;
  const { jobs } = admit('slurm:lab', {
    at: 1,
    jobs: [{ ...job, id, name: hostile, labels: { [hostile]: hostile } }],
  });
  expect(jobs?.[0]?.id).toBe(id);
  expect(jobs?.[0]?.name).toMatch(/^<img onerror>A+…$/);
  expect(JSON.stringify(jobs?.[0]?.labels).length).toBeLessThan(500);
});

test('one malformed entry is left out and said; the others are kept', () => {
  const broken = { ...job, id: 'slurm:lab:43', startedAt: Number.NaN };
  const admitted = admit('slurm:lab', { at: 1, jobs: [job, broken] });
  expect(admitted.jobs).toEqual([job]);
  expect(admitted.partial?.[0]).toMatchObject({ kind: 'malformed', account: 'slurm:lab' });
  expect(admitted.partial?.[0]?.message).toContain('1 of 2 jobs');
  expect(admit('slurm:lab', { at: 1, jobs: [job] }).partial).toBeUndefined();
});

test('a bucket is admitted as it is told, one with a name that nobody can have is not', () => {
  const bucket = {
    name: 's3://checkpoints.2026_a',
    provider: 'aws',
    region: 'us-east-1',
    month: { from: 0, uploaded: 1e15, downloaded: 0, puts: 3, gets: 0 },
    uploads: [{ at: 60_000, bytes: 5.5, puts: 1 }],
  };
  const hostile = { ...bucket, name: 's3://<img onerror>\u001b[2J' };
  const endless = { ...bucket, month: { ...bucket.month, puts: Number.NaN } };
  const admitted = admit('aws:lab', { at: 1, buckets: [bucket, hostile, endless] });
  expect(admitted.buckets).toEqual([bucket]);
  expect(admitted.partial?.[0]?.message).toContain('2 of 3 buckets');
});
