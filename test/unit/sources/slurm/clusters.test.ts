import { Cluster } from '@burnrate/shared/sources/slurm/cluster.ts';
import { slurm } from '@burnrate/shared/sources/slurm/index.ts';
import { clusterOf, Settings } from '@burnrate/shared/sources/slurm/settings.ts';
import { expect, test } from 'vitest';
import { bareMachine } from '../bare.ts';

const settings = Settings.parse({
  prices: { '*': { perGpuHour: 2 } },
  mine: ['ada2'],
  clusters: [
    { ssh: 'Ada@Login.Example', onlyMine: true },
    { rest: { url: 'https://slurm.example:6820/' }, prices: { gpu: { perGpuHour: 3 } } },
    { rest: { url: 'unix:/run/slurmrestd.sock' }, name: 'here' },
  ],
});

test('each cluster that is named is an account, without anything being asked', async () => {
  const { accounts } = await slurm.discover(bareMachine(), settings);
  expect(accounts.map(({ id, foundIn }) => [id, foundIn])).toEqual([
    ['slurm:login.example', 'ssh Ada@Login.Example, sources.slurm.clusters[0] in burnrate.yaml'],
    [
      'slurm:slurm.example:6820',
      'slurmrestd at https://slurm.example:6820/, sources.slurm.clusters[1] in burnrate.yaml',
    ],
    [
      'slurm:here',
      'slurmrestd at unix:/run/slurmrestd.sock, sources.slurm.clusters[2] in burnrate.yaml',
    ],
  ]);
  const [first, second, third] = accounts.map((account) => clusterOf(account, settings));
  // What a cluster does not set is the section's own.
  expect(first).toMatchObject({ ssh: 'Ada@Login.Example', onlyMine: true, mine: ['ada2'] });
  expect(second).toMatchObject({ prices: { gpu: { perGpuHour: 3 } }, onlyMine: false });
  expect(third?.rest).toMatchObject({ tokenEnv: 'SLURM_JWT' });
  expect(third?.prices).toEqual({ '*': { perGpuHour: 2 } });
});

test('two clusters of one name are two accounts', async () => {
  const twice = Settings.parse({
    clusters: [
      { ssh: 'a', name: 'lab' },
      { ssh: 'b', name: 'lab' },
    ],
  });
  const { accounts } = await slurm.discover(bareMachine(), twice);
  expect(accounts.map(({ id }) => id)).toEqual(['slurm:lab', 'slurm:lab@b']);
  expect(accounts.map((account) => clusterOf(account, twice).ssh)).toEqual(['a', 'b']);
});

test.each([
  { ssh: '-oProxyCommand=id' },
  { ssh: 'a b' },
  { ssh: 'a\nb' },
  { ssh: '' },
  { rest: { url: 'ftp://x' } },
  { rest: { url: 'unix:relative' } },
  { rest: { url: 'http://x', version: '38' } },
  { clusters: [{ name: 'lab' }] },
])('%j is refused', (wrong) => {
  expect(Settings.safeParse(wrong).success).toBe(false);
});

test('who one is on a cluster far away is asked there, and nothing is opened before', () => {
  const ran: string[] = [];
  const machine = bareMachine({
    run: async (command) => {
      ran.push(command);
      throw new Error('not to be run');
    },
  });
  const account = { id: 'slurm:x', source: 'slurm', name: 'x', foundIn: 'a test', options: {} };
  new Cluster(account, machine, clusterOf(account, Settings.parse({ ssh: 'x' })));
  expect(ran).toEqual([]);
});
