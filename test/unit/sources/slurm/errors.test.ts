import { failureOf, unfinished } from '@burnrate/shared/sources/slurm/errors.ts';
import { expect, test } from 'vitest';

const attempt = { account: 'slurm:lab', command: 'squeue --json' };

/** Each as Slurm 22.05 printed it, but the last three, which its source has. */
test.each([
  ['unreachable', 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)'],
  ['unreachable', '\nslurm_load_jobs: Failed while looking for jobs: Unspecified error'],
  ['unreachable', 'sacct: error: Problem talking to the database: Connection refused'],
  [
    'unreachable',
    'Slurmctld(primary) at vm is DOWN\n*****************************************\n** RESTORE SLURMCTLD DAEMON TO SERVICE **',
  ],
  [
    'denied',
    'squeue: error: If munged is up, restart with --num-threads=10\nsqueue: error: Munge encode failed: Failed to connect to "/run/munge.socket": Connection refused',
  ],
  ['denied', 'slurm_load_node error: Protocol authentication error'],
  ['denied', 'scancel: error: Kill job error on job id 3: Access/permission denied'],
  [
    'not-configured',
    'sbatch: error: resolve_ctls_from_dns_srv: res_nsearch error: Unknown host\nsbatch: error: fetch_config: DNS SRV lookup failed\nsbatch: fatal: Could not establish a configuration source',
  ],
  ['not-configured', 'squeue: fatal: Unable to process configuration file'],
  ['unreachable', 'slurm_load_jobs error: Socket timed out on send/recv operation'],
  ['malformed', 'slurm_load_jobs error: Incompatible versions of client and server code'],
  ['malformed', 'something that nobody has seen'],
])('%s: %s', (kind, stderr) => {
  const error = failureOf(stderr, 1, attempt);
  expect(error).toMatchObject({ kind, account: 'slurm:lab' });
  expect(error.message).toMatch(/^squeue --json: \S/);
  expect(error.message).not.toMatch(/\n|\*|; *;|If munged|RESTORE/);
  expect(error.remedy).not.toBe('');
});

test('a command that was ended because it took too long did not answer', () => {
  expect(failureOf('', -1, attempt)).toMatchObject({
    kind: 'unreachable',
    message: 'squeue --json: no answer',
  });
});

test('a command that cannot be started says which one, and what to do', () => {
  const never = new AbortController().signal;
  const absent = Object.assign(new Error('spawn squeue ENOENT'), { code: 'ENOENT' });
  expect(unfinished(absent, attempt, never)).toMatchObject({
    kind: 'not-configured',
    remedy: expect.stringContaining('sources.slurm.commands'),
  });
  const forbidden = Object.assign(new Error('spawn squeue EACCES'), { code: 'EACCES' });
  expect(unfinished(forbidden, attempt, never).kind).toBe('denied');
});
