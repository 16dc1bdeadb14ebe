import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exitOf, until } from '../../unit/collector/live.ts';
import { freePorts, installSlurm, type SlurmCluster } from './cluster.ts';
import { listens } from './sshd.ts';

/** Why there is no slurmrestd here, in one line; undefined where there is one. */
export const installSlurmrestd = () => installSlurm('slurmrestd', 'slurm-wlm-jwt-plugin');

/** A real slurmrestd of the cluster. */
export interface Slurmrestd {
  url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** `local`: on a unix socket, where the process that asks is who it is. `jwt`: over TCP. */
export async function slurmrestd(
  cluster: SlurmCluster,
  auth: 'local' | 'jwt',
): Promise<Slurmrestd> {
  const [port = 0] = await freePorts(1);
  const socket = join(cluster.folder, 'rest.socket');
  const listening = auth === 'local' ? `unix:${socket}` : `127.0.0.1:${port}`;
  const env = {
    ...cluster.env,
    ...(auth === 'jwt' && { SLURM_JWT: 'daemon' }),
    // Here it runs as root, as the whole cluster does.
    SLURMRESTD_SECURITY: 'disable_user_check',
  };
  // Without a database the plugins that speak of it would end it.
  const args = ['-a', `rest_auth/${auth}`, '-s', 'openapi/v0.0.38', listening];
  const daemon = spawn('/usr/sbin/slurmrestd', args, { env, stdio: 'ignore' });
  const dispose = async () => {
    daemon.kill('SIGTERM');
    await exitOf(daemon);
  };
  try {
    await until('slurmrestd to listen', () =>
      auth === 'local' ? existsSync(socket) : listens(port),
    );
  } catch (error) {
    await dispose();
    throw error;
  }
  const url = auth === 'local' ? listening : `http://${listening}`;
  return { url, [Symbol.asyncDispose]: dispose };
}
