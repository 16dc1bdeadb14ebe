import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Clock } from '@burnrate/shared/model/time.ts';
import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import { bareMachine } from '../bare.ts';

const folder = fileURLToPath(new URL('./recorded/', import.meta.url));

/** When the outputs were recorded: jobs that had ended then have ended just now. */
export const RECORDED_AT = 1_795_558_134_687;
const clock: Clock = { now: () => RECORDED_AT, after: () => () => {}, speed: 1 };

/** What a Slurm 22.05 printed: two nodes with 4 GPUs, ada's jobs in every state. */
export function recorded(name: 'squeue.json' | 'squeue.txt' | 'nodes.txt' | 'job-5.txt'): string {
  return readFileSync(join(folder, name), 'utf8');
}

/** The commands, as shell scripts by their names. `$DATA` is the folder of the recorded outputs. */
export type Scripts = Record<string, string>;

/** They print what was recorded; `scancel` writes down what it was asked. */
const SCRIPTS: Scripts = {
  squeue: `case "$*" in
  *--version*) echo 'slurm-wlm 22.05.8' ;;
  *--json*) cat "$DATA/squeue.json" ;;
  *--Format=*)
    between=$(echo "$*" | sed 's/.*Format=JobID:\\(~[0-9a-f]*~\\).*/\\1/')
    sed "s/@SEPARATOR@/$between/g" "$DATA/squeue.txt" ;;
esac`,
  scontrol: `case "$*" in
  *'show node'*) cat "$DATA/nodes.txt" ;;
  *'show job'*) cat "$DATA/job-\${*##* }.txt" 2>/dev/null || { echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1; } ;;
  *ping*) echo 'Slurmctld(primary) at gpu-host is UP' ;;
  *'show config'*) echo 'ClusterName             = lab'; echo 'KillWait                = 30 sec' ;;
esac`,
  sacct: `echo 'Slurm accounting storage is disabled' >&2; exit 1`,
  scancel: `[ "$1" = --version ] && echo 'slurm-wlm 22.05.8' || echo "$*" >> "$DATA/cancelled"`,
};

/** A machine with Slurm's commands on its PATH: real programs, which print what was recorded. */
export function machineWith(scripts: Scripts = {}) {
  const data = mkdtempSync(join(tmpdir(), 'burnrate-recorded-'));
  cpSync(folder, data, { recursive: true });
  for (const [name, script] of Object.entries({ ...SCRIPTS, ...scripts })) {
    const path = join(data, name);
    writeFileSync(path, `#!/bin/sh\nDATA='${data}'\n${script}\n`);
    chmodSync(path, 0o755);
  }
  writeFileSync(join(data, 'slurm.conf'), '# of a test\nclustername = Lab # by name\n');
  const { run, readFile } = thisMachine();
  const surroundings: Surroundings = bareMachine({
    env: { PATH: `${data}:/usr/bin:/bin`, SLURM_CONF: join(data, 'slurm.conf') },
    clock,
    run,
    readFile,
  });
  return {
    surroundings,
    data,
    /** From now on the job is as one that somebody has cancelled. */
    cancel(id: number) {
      const path = join(data, 'squeue.json');
      const queue = JSON.parse(readFileSync(path, 'utf8')) as { jobs: Record<string, unknown>[] };
      for (const job of queue.jobs) {
        if (job.job_id !== id) continue;
        Object.assign(job, {
          job_state: 'CANCELLED',
          gres_detail: [],
          end_time: RECORDED_AT / 1000,
        });
      }
      writeFileSync(path, JSON.stringify(queue));
    },
    dispose: () => rmSync(data, { recursive: true, force: true }),
  };
}
