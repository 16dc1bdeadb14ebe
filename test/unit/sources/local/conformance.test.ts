import { local } from '@burnrate/shared/sources/local/index.ts';
import type { Settings } from '@burnrate/shared/sources/local/settings.ts';
import { beforeEach } from 'vitest';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { apps, gpuLine, PS_IS_MISSING, TestMachine } from './machine.ts';

beforeEach(({ skip }) => skip(PS_IS_MISSING, 'there is no ps on this machine'));

const ACCOUNT = {
  id: 'local:machine',
  source: 'local',
  name: 'gpu-box',
  foundIn: 'nvidia-smi: 2 GPUs',
  options: {},
};

async function site(prints: Record<string, string>): Promise<Site<Settings>> {
  const machine = await TestMachine.start();
  await machine.tool('nvidia-smi', prints);
  return {
    surroundings: machine.surroundings,
    account: ACCOUNT,
    end: async (job) => {
      process.kill(Number(job.labels.pid), 'SIGKILL');
    },
    dispose: () => machine.close(),
  };
}

const fails = (text: string, code: number) => () => site({ fails: `${text}\n`, code: `${code}` });

conformance('local', {
  source: local,
  empty: () => ({ surroundings: bareMachine() }),
  ready: async () => {
    const machine = await TestMachine.start();
    const { pid } = machine.start('sleep', '600');
    await machine.tool('nvidia-smi', { gpus: gpuLine(0) + gpuLine(1), apps: apps([1, pid]) });
    return {
      surroundings: machine.surroundings,
      end: async (job) => {
        process.kill(Number(job.labels.pid), 'SIGKILL');
      },
      dispose: () => machine.close(),
    };
  },
  troubles: {
    unreachable: fails(
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.",
      9,
    ),
    denied: fails('Failed to initialize NVML: Insufficient Permissions', 255),
    malformed: () => site({ gpus: 'Segmentation fault (core dumped)\n' }),
    'not-configured': () => ({ surroundings: bareMachine(), account: ACCOUNT }),
    slow: () => site({ hang: '' }),
  },
});
