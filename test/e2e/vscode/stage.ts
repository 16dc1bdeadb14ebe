import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Paths, pathsFor } from '@burnrate/shared/config/paths.ts';
import type { Snapshot } from '@burnrate/shared/model/snapshot.ts';
import { stringify } from 'yaml';
import { installSlurm, type SlurmCluster, slurmCluster } from '../../integration/slurm/cluster.ts';
import { isAlive, kill, until } from '../../unit/collector/live.ts';
import { type GpuExporter, openGpuExporter } from './gpu_exporter.ts';
import { openWorkbench, workbenchMissing } from './open_workbench.ts';
import { snapshotOf } from './snapshot.ts';
import type { Workbench } from './workbench.ts';

const GPUS = 4;

/** Why the stage cannot be set here, as one line to skip with; undefined where it can. */
export async function stageMissing(): Promise<string | undefined> {
  return (await installSlurm()) ?? (await workbenchMissing());
}

/** A real Slurm, an exporter of its GPUs, and VS Code with the packaged extension beside them. */
export interface Stage {
  cluster: SlurmCluster;
  exporter: GpuExporter;
  workbench: Workbench;
  /** Where the collector that the extension starts keeps its things. */
  paths: Paths;
  /** The present, as that collector tells it to a face that asks once. */
  snapshot(): Promise<Snapshot>;
  /** A real job on all four GPUs, at $16.40/h; the exporter tells that it holds them. */
  submit(name: string): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  await using undo = new AsyncDisposableStack();
  const cluster = undo.use(await slurmCluster());
  const exporter = await openGpuExporter({ hostname: 'gpu-1', gpus: GPUS });
  undo.defer(() => exporter.close());
  const home = mkdtempSync(join(tmpdir(), 'burnrate-vscode-'));
  undo.defer(() => rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));
  const env = environment(home, cluster);
  const paths = pathsFor(env);
  undo.defer(() => endCollectors(paths.log));
  writeFileSync(
    paths.config,
    stringify({
      sources: {
        slurm: { prices: { gpu: { perGpuHour: 4.1 } } },
        dcgm: { endpoints: [exporter.endpoint] },
        local: { enabled: false },
        // Nothing answers there; its account is found when its key is.
        vast: { url: 'http://127.0.0.1:9' },
      },
    }),
  );
  const { workbench } = undo.use(await openWorkbench(env));
  const kept = undo.move();
  return {
    cluster,
    exporter,
    workbench,
    paths,
    snapshot: () => snapshotOf(paths),
    submit: async (name) => {
      exporter.job = await cluster.submit(
        '#!/bin/sh\nexec sleep 3600',
        `--gres=gpu:${GPUS}`,
        `--job-name=${name}`,
      );
      return exporter.job;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Nothing of the person's own: no account but the ones of the test. */
function environment(home: string, cluster: SlurmCluster): Record<string, string> {
  return {
    ...cluster.env,
    HOME: home,
    BURNRATE_HOME: home,
    BURNRATE_IDLE_EXIT_MS: '60000',
    AWS_CONFIG_FILE: join(home, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'none'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ACCESS_KEY_ID: '',
    AWS_PROFILE: '',
  };
}

async function endCollectors(log: string): Promise<void> {
  const pids = [
    ...new Set(readFileSync(log, 'utf8').match(/(?<=Z )\d+(?= info collector)/g) ?? []),
  ];
  for (const pid of pids) kill(Number(pid), 'SIGKILL');
  await until('all collectors to end', () => pids.every((pid) => !isAlive(Number(pid))));
}
