import type { Account } from '@burnrate/shared/model/account.ts';
import { slurm } from '@burnrate/shared/sources/slurm/index.ts';
import type { Settings } from '@burnrate/shared/sources/slurm/settings.ts';
import { test } from 'vitest';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { machineWith, type Scripts } from './recorded.ts';

const account: Account = {
  id: 'slurm:lab',
  source: 'slurm',
  name: 'lab',
  foundIn: 'squeue in PATH',
  options: {},
};

function site(scripts?: Scripts, settings?: unknown): Site<Settings> {
  const { surroundings, cancel, dispose } = machineWith(scripts);
  return {
    surroundings,
    ...(settings !== undefined && { settings: slurm.settings.parse(settings) as Settings }),
    end: async (job) => cancel(Number(job.labels.slurmJob)),
    dispose,
  };
}

/** Each of the commands says this, as Slurm 22.05 does. */
const all = (script: string) => () => ({
  ...site({ squeue: script, scontrol: script, sacct: script }),
  account,
});

const NO_JOBS = `{"errors":[{"description":"Failed while looking for jobs","error_number":-1,"error":"Unspecified error","source":"slurm_load_jobs"}],"jobs":[]}`;

if (process.platform === 'win32') {
  test.skip('slurm conforms: there is no Slurm on Windows', () => {});
} else {
  const troubles = {
    unreachable: () => ({
      ...site({
        // It is true: with the controller down 22.05 prints an empty list and succeeds.
        squeue: `echo '${NO_JOBS}'`,
        scontrol: `echo 'slurm_load_node error: Unable to contact slurm controller (connect failure)' >&2; exit 1`,
      }),
      account,
    }),
    denied: all(
      `echo 'error: Munge encode failed: Failed to access "/run/munge/munge.socket.2": No such file or directory' >&2; exit 1`,
    ),
    throttled: all(`echo 'error: RPC rate limit exceeded, backing off' >&2; exit 1`),
    malformed: all(`echo '<html><body>Please sign in</body></html>'`),
    'not-configured': () => ({ surroundings: bareMachine(), account }),
    slow: all('exec sleep 600'),
  };
  conformance('slurm, read as JSON,', {
    source: slurm,
    empty: () => ({ surroundings: bareMachine() }),
    ready: () => site(),
    troubles,
  });
  conformance('slurm, read as text,', {
    source: slurm,
    empty: () => ({ surroundings: bareMachine() }),
    ready: () => ({ ...site(undefined, { onlyMine: true }), end: async () => {} }),
  });
}
