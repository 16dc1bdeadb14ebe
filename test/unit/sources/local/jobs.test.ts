import type { Job } from '@burnrate/shared/model/job.ts';
import { local } from '@burnrate/shared/sources/local/index.ts';
import { nameOf, rootOf } from '@burnrate/shared/sources/local/jobs.ts';
import type { Process } from '@burnrate/shared/sources/local/processes.ts';
import type { Connection, Observable, Surroundings } from '@burnrate/shared/sources/source.ts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../collector/live.ts';
import { apps, gpuLine, isRunning, PS_IS_MISSING, TestMachine } from './machine.ts';

beforeEach(({ skip }) => skip(PS_IS_MISSING, 'there is no ps on this machine'));

let machine: TestMachine;
beforeEach(async () => {
  machine = await TestMachine.start();
});
afterEach(() => machine.close());

const signal = () => AbortSignal.timeout(20_000);

async function connect(surroundings: Surroundings = machine.surroundings): Promise<Connection> {
  const settings = local.settings.parse(undefined);
  const [account] = (await local.discover(surroundings, settings)).accounts;
  if (!account) throw new Error('no account');
  return local.open(account, surroundings, settings);
}

async function jobsOf(connection: Connection): Promise<Job[]> {
  const what = new Set<Observable>(['jobs']);
  return (await connection.observe({ what, wanted: [], signal: signal() })).jobs ?? [];
}

test('a script and all that it started on GPUs is one job, which holds those GPUs', async () => {
  const [script = 0, a = 0, b = 0] = await machine.startScript(2);
  const { pid: other } = machine.start('sleep', '600');
  await machine.tool('nvidia-smi', {
    gpus: [0, 1, 2, 3].map((index) => gpuLine(index)).join(''),
    apps: apps([3, b], [0, a], [1, a], [2, other]),
  });
  const began = Date.now();
  const jobs = await jobsOf(await connect());
  expect(jobs.map(({ name, shares, labels }) => [name, shares[0]?.gpuIndexes, labels])).toEqual([
    ['train.sh', [0, 1, 3], { pid: String(script), 'GPU processes': '2' }],
    ['sleep', [2], { pid: String(other), 'GPU processes': '1' }],
  ]);
  expect(jobs.map(({ shares }) => shares[0]?.gpus)).toEqual([3, 1]);
  for (const job of jobs) {
    expect(job).toMatchObject({
      level: 'process',
      state: 'running',
      mine: true,
      owner: machine.surroundings.user.name,
    });
    // The boot time is whole seconds.
    expect(Math.abs((job.startedAt ?? 0) - began)).toBeLessThan(60_000);
  }
});

test('a process that has ended, and one of another container, is no job', async () => {
  const { pid } = machine.start('true');
  await until('its end', () => !isRunning(pid));
  await machine.tool('nvidia-smi', {
    gpus: gpuLine(0),
    apps: `${apps([0, pid])}GPU-604ac76c-d9cf-fef3-62e9-d92044ab6e50, [N/A]\n`,
  });
  expect(await jobsOf(await connect())).toEqual([]);
});

/** This machine, but for some files. */
function withFiles(files: Record<string, string>): Surroundings {
  const { readFile } = machine.surroundings;
  return {
    ...machine.surroundings,
    readFile: async (path) => files[path] ?? (await readFile(path)),
  };
}

test('what is part of a Slurm job is left to Slurm', async () => {
  const [script = 0, a = 0, b = 0] = await machine.startScript(2);
  const { pid: other } = machine.start('sleep', '600');
  await machine.tool('nvidia-smi', {
    gpus: gpuLine(0) + gpuLine(1) + gpuLine(2),
    apps: apps([0, a], [1, b], [2, other]),
  });
  const names = async (files: Record<string, string>) =>
    (await jobsOf(await connect(withFiles(files)))).map(({ name }) => name);
  expect(await names({})).toEqual(['train.sh', 'sleep']);
  const step = '0::/system.slice/slurmstepd.scope/job_4711/step_batch/user/task_0\n';
  expect(await names({ [`/proc/${a}/cgroup`]: step, [`/proc/${b}/cgroup`]: step })).toEqual([
    'sleep',
  ]);
  expect(
    await names({ [`/proc/${script}/cgroup`]: '9:cpuset:/slurm/uid_7/job_8/step_0\n' }),
  ).toEqual(['sleep']);
});

test('in a container, the numbers that nvidia-smi gives are strangers: devices in use tell', async () => {
  machine.pidNamespace = 'pid:[4026532833]';
  const { pid: stranger } = machine.start('sleep', '600');
  const { pid } = machine.start('sleep', '601');
  await machine.tool('nvidia-smi', {
    gpus: gpuLine(0) + gpuLine(1),
    apps: apps([0, stranger], [1, stranger]),
  });
  const maps = ['nvidiactl', 'nvidia-uvm', 'nvidia5', 'nvidia5']
    .map((name) => `7f0000-7f1000 rw-s 00000000 00:06 1 /dev/${name}\n`)
    .join('');
  const files = withFiles({ [`/proc/${pid}/maps`]: maps });
  const surroundings: Surroundings = {
    ...files,
    run: (command, args, options) =>
      command === 'ls'
        ? Promise.resolve({ code: 0, stdout: 'null\nnvidia3\nnvidia5\nnvidiactl\n', stderr: '' })
        : files.run(command, args, options),
  };
  const jobs = await jobsOf(await connect(surroundings));
  expect(jobs.map(({ labels, shares }) => [labels.pid, shares[0]?.gpuIndexes])).toEqual([
    [String(pid), [1]],
  ]);
});

describe('stopping', () => {
  test('a plan changes nothing; the stop ends the job with all that it started', async () => {
    const pids = await machine.startScript(3);
    const [script = 0, ...workers] = pids;
    const { pid: neighbour } = machine.start('sleep', '600');
    await machine.tool('nvidia-smi', {
      gpus: gpuLine(0) + gpuLine(1),
      apps: apps([0, workers[0] ?? 0], [1, neighbour]),
    });
    const connection = await connect();
    const job = (await jobsOf(connection)).find(({ name }) => name === 'train.sh');
    if (!job) throw new Error('no job');
    const plan = await connection.planStop?.(job, signal());
    expect(plan?.action).toMatch(new RegExp(`^Send SIGTERM to train.sh \\(process ${script} on `));
    expect(plan?.equivalent).toBe(`kill -TERM ${pids.join(' ')}`);
    expect(plan?.keeps.join(' ')).toContain('no SIGKILL');
    expect(pids.every(isRunning)).toBe(true);
    if (plan) await connection.stop?.(job, plan, signal());
    await until('the end of all', () => !pids.some(isRunning));
    expect(isRunning(neighbour)).toBe(true);
    if (plan) await connection.stop?.(job, plan, signal());
  });

  test('a process with the number of one that has ended is left alone', async () => {
    const { pid } = machine.start('sleep', '600');
    await machine.tool('nvidia-smi', { gpus: gpuLine(0), apps: apps([0, pid]) });
    const connection = await connect();
    const [job] = await jobsOf(connection);
    if (!job) throw new Error('no job');
    const plan = await connection.planStop?.(job, signal());
    if (!plan) throw new Error('no plan');
    const [boot, , ticks] = job.nativeId.split('-');
    for (const nativeId of [`${boot}-${pid}-${Number(ticks) - 1}`, `00000000-${pid}-${ticks}`]) {
      await connection.stop?.({ ...job, nativeId }, plan, signal());
      await expect(connection.planStop?.({ ...job, nativeId }, signal())).rejects.toThrow(
        'has ended',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isRunning(pid)).toBe(true);
  });

  test("another user's process is theirs: seen, and refused", async () => {
    const { pid } = machine.start('sleep', '600');
    await machine.tool('nvidia-smi', { gpus: gpuLine(0), apps: apps([0, pid]) });
    const me = machine.surroundings.user;
    const connection = await connect({
      ...machine.surroundings,
      user: { name: 'bob', uid: me.uid + 1 },
    });
    const [job] = await jobsOf(connection);
    if (!job) throw new Error('no job');
    expect(job).toMatchObject({ mine: false, owner: me.name });
    const plan = {
      jobId: job.id,
      action: '',
      equivalent: '',
      loses: [],
      keeps: [],
      reversible: false,
    };
    await expect(connection.planStop?.(job, signal())).rejects.toMatchObject({ kind: 'denied' });
    await expect(connection.stop?.(job, plan, signal())).rejects.toMatchObject({ kind: 'denied' });
    expect(isRunning(pid)).toBe(true);
  });
});

describe('where a job begins', () => {
  /** `pid parent session uid words` of each process, the one on the GPU last. */
  async function begins(...lines: string[]): Promise<number> {
    const all = lines.map((line): Process => {
      const [pid, parent, session, uid, ...words] = line.split(' ');
      return {
        pid: Number(pid),
        parent: Number(parent),
        session: Number(session),
        uid: Number(uid),
        startTicks: 1,
        words,
      };
    });
    const worker = all.at(-1);
    if (!worker) throw new Error('no process');
    const root = await rootOf(worker, {
      read: (pid) => Promise.resolve(all.find((process) => process.pid === pid)),
    });
    return root.pid;
  }

  test('at the command that was typed at a prompt', async () => {
    expect(await begins('10 1 10 7 -bash', '20 10 10 7 python train.py')).toBe(20);
    expect(await begins('10 1 10 7 /bin/zsh -l -i', '20 10 10 7 python train.py')).toBe(20);
  });

  test('at the script, whatever it runs in turn', async () => {
    const script = ['10 1 10 7 bash', '20 10 10 7 bash run.sh', '30 20 10 7 uv run train.py'];
    expect(await begins(...script, '40 30 10 7 python train.py')).toBe(20);
    expect(await begins('10 1 10 7 sh -c python', '20 10 10 7 python train.py')).toBe(10);
  });

  test('at what `burnrate run` launched, whose number it was told', async () => {
    for (const runner of ['node /opt/burnrate/dist/burnrate.mjs', '/usr/bin/burnrate'])
      expect(
        await begins(
          `20 10 10 7 ${runner} run --budget 9 -- bash run.sh`,
          '30 20 10 7 bash run.sh',
          '40 30 10 7 python train.py',
        ),
      ).toBe(30);
  });

  test('at the launcher, though its workers have sessions of their own', async () => {
    const prompt = '10 1 10 7 bash';
    const worker = '40 20 40 7 /opt/venv/bin/python -u train.py';
    for (const launcher of [
      '/opt/venv/bin/python /opt/venv/bin/torchrun --nproc-per-node=8 train.py',
      'python -m torch.distributed.run train.py',
      'mpirun -np 8 python train.py',
      '/opt/venv/bin/python /opt/venv/bin/accelerate launch train.py',
    ])
      expect(await begins(prompt, `20 10 10 7 ${launcher}`, worker)).toBe(20);
  });

  test('below what only holds it: a server of notebooks, an editor, a service manager', async () => {
    expect(
      await begins(
        '10 1 10 7 python /usr/bin/jupyter-lab',
        '20 10 20 7 python -m ipykernel_launcher',
      ),
    ).toBe(20);
    expect(
      await begins('10 1 10 7 /usr/lib/systemd/systemd --user', '20 10 20 7 python serve.py'),
    ).toBe(20);
    expect(await begins('10 1 10 0 sshd: ada', '20 10 10 7 python train.py')).toBe(20);
  });
});

test.each([
  ['python train.py --token hf_secret', 'train.py'],
  ['/opt/venv/bin/python -u /home/ada/train.py', 'train.py'],
  [
    'python -m vllm.entrypoints.openai.api_server --api-key secret',
    'vllm.entrypoints.openai.api_server',
  ],
  ['python -m torch.distributed.run --nproc 8 train.py', 'train.py'],
  ['/opt/venv/bin/python /opt/venv/bin/torchrun train.py', 'train.py'],
  ['python -m ipykernel_launcher -f kernel-1.json', 'Jupyter kernel'],
  ['python -c secret', 'python'],
  ['/usr/bin/ollama runner', 'ollama'],
  ['bash run.sh', 'run.sh'],
])('%s is called %s', (line, name) => {
  expect(nameOf(line.split(' '))).toBe(name);
});
