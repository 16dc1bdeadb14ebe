import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOUR } from '@burnrate/shared/model/time.ts';
import { slurm } from '@burnrate/shared/sources/slurm/index.ts';
import type { Settings } from '@burnrate/shared/sources/slurm/settings.ts';
import type { Observable, Surroundings } from '@burnrate/shared/sources/source.ts';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { machineWith, RECORDED_AT, type Scripts } from './recorded.ts';

const signal = () => AbortSignal.timeout(20_000);
const parse = (settings: unknown) => slurm.settings.parse(settings) as Settings;

function machine(scripts?: Scripts) {
  const made = machineWith(scripts);
  onTestFinished(made.dispose);
  return made;
}

async function open(surroundings: Surroundings, settings: unknown = undefined) {
  const { accounts } = await slurm.discover(surroundings, parse(settings));
  const [account] = accounts;
  if (!account) throw new Error('no cluster was found');
  const connection = slurm.open(account, surroundings, parse(settings));
  const jobs = async () => {
    const what = new Set<Observable>(['jobs']);
    const observation = await connection.observe({ what, wanted: [], signal: signal() });
    return {
      ...observation,
      byId: new Map((observation.jobs ?? []).map((job) => [job.nativeId, job])),
    };
  };
  return { connection, jobs };
}

const later = (surroundings: Surroundings, ms: number): Surroundings => ({
  ...surroundings,
  clock: { ...surroundings.clock, now: () => RECORDED_AT + ms },
});

describe.skipIf(process.platform === 'win32')('the slurm source', () => {
  test('finds the cluster by its slurm.conf, and without one by asking its controller', async () => {
    const { surroundings, data } = machine();
    const found = await slurm.discover(surroundings, parse(undefined));
    expect(found.accounts).toMatchObject([{ id: 'slurm:lab', name: 'lab' }]);
    expect(found.accounts[0]?.foundIn).toContain(join(data, 'slurm.conf'));
    rmSync(join(data, 'slurm.conf'));
    const asked = await slurm.discover(surroundings, parse(undefined));
    expect(asked.accounts).toMatchObject([{ id: 'slurm:lab', foundIn: /by its controller/ }]);
    expect(asked.looked.join()).toContain(`${join(data, 'slurm.conf')}: not there`);
  });

  test('says where it looked for commands, and finds those in the folder that is named', async () => {
    const { surroundings, data } = machine();
    const bare = bareMachine({ run: surroundings.run, env: { PATH: '/nonexistent' } });
    const nothing = await slurm.discover(bare, parse(undefined));
    expect(nothing).toEqual({
      accounts: [],
      looked: [
        'squeue in PATH: not there',
        'burnrate.yaml, sources.slurm.ssh and sources.slurm.rest: not set',
      ],
    });
    const named = await slurm.discover(bare, parse({ commands: data }));
    expect(named.accounts).toMatchObject([{ id: 'slurm:lab' }]);
  });

  test("a person's own format and filters change nothing", async () => {
    const { surroundings } = machine({
      squeue: `[ -n "$SQUEUE_FORMAT$SQUEUE_STATES$SLURM_CLUSTERS" ] && exit 3
case "$*" in *--version*) echo x ;; *) [ "$SLURM_TIME_FORMAT" = %s ] && cat "$DATA/squeue.json" ;; esac`,
    });
    const env = {
      ...surroundings.env,
      SQUEUE_FORMAT: '%i',
      SQUEUE_STATES: 'PD',
      SLURM_CLUSTERS: 'other',
      SLURM_TIME_FORMAT: 'relative',
    };
    const { jobs } = await open({ ...surroundings, env });
    expect((await jobs()).byId.get('2')?.state).toBe('running');
  });

  test.each([
    [
      'without a JSON plugin',
      `echo "squeue: error: Couldn't find the specified plugin name for serializer/json" >&2; exit 1`,
    ],
    ['of a release before JSON', `echo "squeue: unrecognized option '--json'" >&2; exit 1`],
    ['of a release whose JSON is another', `echo '{"jobs":[{"job_id":{"is":2}}]}'`],
    ['where JSON would be too much', 'head -c 9000000 /dev/zero'],
  ])('%s it reads text, and asks once which GPUs a job of mine has', async (_, json) => {
    const { surroundings, data } = machine();
    const before = (name: string, lines: string) => {
      const script = readFileSync(join(data, name), 'utf8').replace('#!/bin/sh\n', '');
      writeFileSync(join(data, name), `#!/bin/sh\n${lines}\n${script}`);
    };
    before('squeue', `case "$*" in *--json*) ${json}; exit ;; esac`);
    before('scontrol', `echo "$*" >> '${data}/asked'`);
    const { jobs } = await open(surroundings);
    for (const { byId } of [await jobs(), await jobs()]) {
      expect(byId.get('5')?.shares).toEqual([
        { node: 'gpu-1', gpus: 1, gpuIndexes: [0], cores: 2 },
        { node: 'gpu-2', gpus: 1, gpuIndexes: [0], cores: 1 },
      ]);
    }
    const asked = readFileSync(join(data, 'asked'), 'utf8').split('\n');
    expect(asked.filter((line) => line === 'show job --details 5')).toHaveLength(1);
  });

  test('a job that was seen with its GPUs keeps them when it ends, and is told of for an hour', async () => {
    const { surroundings, data, cancel } = machine();
    let now = RECORDED_AT;
    const clock = { ...surroundings.clock, now: () => now };
    const { jobs } = await open({ ...surroundings, clock });
    const before = (await jobs()).byId.get('2');
    expect(before?.shares).toMatchObject([{ gpuIndexes: [1, 2] }]);
    cancel(2);
    expect((await jobs()).byId.get('2')).toMatchObject({ state: 'ended', shares: before?.shares });
    // The controller forgets it (MinJobAge).
    writeFileSync(join(data, 'squeue.json'), '{"jobs":[],"errors":[]}');
    now += HOUR / 2;
    const forgotten = (await jobs()).byId.get('2');
    expect(forgotten).toMatchObject({ state: 'ended', endedAt: Math.trunc(RECORDED_AT) });
    now += HOUR;
    expect((await jobs()).byId.has('2')).toBe(false);
  });

  const sacct = `for word in $*; do case "$word" in --delimiter=*) D=\${word#--delimiter=} ;; esac; done
echo asked >> "$DATA/sacct-asked"
row() { printf "%s$D%s$D%s$D%s$D%s$D%s$D%s$D%s$D%s$D%s$D%s$D%s$D%s\\n" "$@"; }
row 90 90 ada 'CANCELLED by 1000' 1795557000 1795557900 'gpu-[1-2]' 4 cpu=4,gres/gpu=4,node=2 gpu lab normal "evil
91|ada"
row 80_3 95 bob COMPLETED 1795557000 1795557600 gpu-1 1 cpu=1,node=1 gpu lab normal arr
row 2 2 ada FAILED 1795557000 1795557600 gpu-1 1 cpu=1,node=1 gpu lab normal 'an older run'`;

  test('what ended before it looked is told by sacct, where the cluster keeps accounts', async () => {
    const { surroundings, data } = machine({ sacct });
    const { jobs } = await open(surroundings);
    const { byId, partial } = await jobs();
    expect(partial).toBeUndefined();
    expect(byId.get('90')).toMatchObject({
      name: 'evil\n91|ada',
      state: 'ended',
      endedAt: 1_795_557_900_000,
      shares: [
        { node: 'gpu-1', gpus: 2, cores: 2 },
        { node: 'gpu-2', gpus: 2, cores: 2 },
      ],
    });
    expect(byId.get('80_3')).toMatchObject({ mine: false, labels: { slurmJob: '95' } });
    // The controller knows better of what it lists itself.
    expect(byId.get('2')?.state).toBe('running');
    await jobs();
    expect(readFileSync(join(data, 'sacct-asked'), 'utf8')).toBe('asked\n');
    writeFileSync(join(data, 'squeue.json'), '{"jobs":[],"errors":[]}');
    await jobs();
    expect(readFileSync(join(data, 'sacct-asked'), 'utf8')).toBe('asked\nasked\n');
  });

  test('where the accounting database is down, the queue is read all the same', async () => {
    const down = `echo 'sacct: error: Problem talking to the database: Connection refused' >&2; exit 1`;
    const { surroundings } = machine({ sacct: down });
    const { jobs } = await open(surroundings);
    const { byId, partial } = await jobs();
    expect(byId.get('2')?.state).toBe('running');
    expect(partial).toMatchObject([{ kind: 'unreachable', remedy: /sacctmgr show cluster/ }]);
  });

  test('jobs that ended long ago are left out', async () => {
    const { surroundings } = machine();
    const { jobs } = await open(later(surroundings, 2 * HOUR));
    expect([...(await jobs()).byId.keys()].sort()).toEqual(['2', '3', '5', '6', '6_1', '7']);
  });

  describe('a stop', () => {
    const cancelled = (data: string) =>
      existsSync(join(data, 'cancelled')) ? readFileSync(join(data, 'cancelled'), 'utf8') : '';

    async function planned(id: string, scripts?: Scripts) {
      const made = machine(scripts);
      const { connection, jobs } = await open(made.surroundings);
      const job = (await jobs()).byId.get(id);
      if (!job || !connection.planStop || !connection.stop) throw new Error(`no job ${id}`);
      const { planStop, stop } = connection;
      return { ...made, job, planStop, stop, plan: await planStop(job, signal()) };
    }

    test.each([
      ['2', '2', 'Cancel job 2 (Slurm cluster lab)'],
      ['6_1', '6_1', 'Cancel job 6_1 (Slurm cluster lab)'],
      ['3', '3', 'Cancel heterogeneous job 3 with all its parts (Slurm cluster lab)'],
      [
        '6',
        '--state=PENDING 6',
        'Cancel the elements of job array 6 that still wait (Slurm cluster lab)',
      ],
    ])('of %s', async (id, args, action) => {
      const { job, plan, stop, data } = await planned(id);
      expect(plan).toMatchObject({ action, equivalent: `scancel ${args}`, reversible: false });
      expect(cancelled(data)).toBe('');
      await stop(job, plan, signal());
      expect(cancelled(data)).toBe(`${args}\n`);
    });

    test('says what is lost, and which jobs wait for it', async () => {
      const { plan } = await planned('2');
      expect(plan.loses.join('\n')).toMatch(/SIGKILL 30 s later.*\n.*not queued again.*\n.*job 7/);
      expect(plan.keeps.join('\n')).toContain('nodes, which Slurm hands to the next job');
    });

    test('of a job that has ended meanwhile sends nothing', async () => {
      const { job, plan, planStop, stop, data, cancel } = await planned('2');
      cancel(2);
      await stop(job, plan, signal());
      expect(cancelled(data)).toBe('');
      expect((await planStop(job, signal())).action).toContain('already ended');
    });

    test("of someone else's job is refused, whatever it is told", async () => {
      const { job, plan, planStop, stop, data } = await planned('2');
      const path = join(data, 'squeue.json');
      writeFileSync(
        path,
        readFileSync(path, 'utf8')
          .replaceAll('"ada"', '"bob"')
          .replaceAll('"user_id": 1000', '"user_id": 1001'),
      );
      const refusal = { kind: 'denied', message: 'job 2 is not yours: its owner is bob' };
      await expect(planStop(job, signal())).rejects.toMatchObject(refusal);
      await expect(stop(job, plan, signal())).rejects.toMatchObject(refusal);
      expect(cancelled(data)).toBe('');
    });

    test('does nothing that the plan did not say', async () => {
      const { job, plan, stop, data } = await planned('2');
      await expect(stop(job, { ...plan, equivalent: 'scancel 3' }, signal())).rejects.toMatchObject(
        { kind: 'denied' },
      );
      expect(cancelled(data)).toBe('');
    });

    test('that Slurm refuses is an error, one that came too late is not', async () => {
      const said = (text: string) => `echo '${text}' >&2; exit 1`;
      const refused = await planned('2', {
        scancel: said('scancel: error: Kill job error on job id 2: Access/permission denied'),
      });
      await expect(refused.stop(refused.job, refused.plan, signal())).rejects.toMatchObject({
        kind: 'denied',
        message: 'scancel 2: Kill job error on job id 2: Access/permission denied',
      });
      const late = await planned('2', {
        scancel: said(
          'scancel: error: Kill job error on job id 2: Job/step already completing or completed',
        ),
      });
      await late.stop(late.job, late.plan, signal());
    });
  });
});
