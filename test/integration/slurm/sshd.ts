import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exitOf, until } from '../../unit/collector/live.ts';
import { freePorts, installSlurm } from './cluster.ts';

/** Why there is no Slurm here behind a login node, in one line; undefined where there is one. */
export const installLogin = () => installSlurm('openssh-server', 'openssh-client');

/** A real sshd on 127.0.0.1, and a user who may log in there with a key made for it. */
export interface LoginNode {
  /** Add it to PATH: an `ssh` that has the config below instead of the person's own. */
  bin: string;
  /** The ssh config, to be read anew each time; at first it knows the host `login`. */
  configure(lines: readonly string[]): void;
  /** Its lines at first. */
  config: readonly string[];
  /** How often somebody has logged in. */
  logins(): number;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts Debian's sshd in a folder of its own, with a host key of its own, for this user. Whoever
 * logs in is greeted on both outputs, as careless profiles do. `env` is set in each session.
 */
export async function loginNode(env: Record<string, string>): Promise<LoginNode> {
  const folder = mkdtempSync(join(tmpdir(), 'burnrate-sshd-'));
  const path = (name: string) => join(folder, name);
  const key = (name: string) =>
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path(name)]);
  key('host');
  key('user');
  key('stranger');
  const [port = 0] = await freePorts(1);
  // Of Debian's sshd: it refuses to start without it.
  mkdirSync('/run/sshd', { recursive: true });
  writeFileSync(
    path('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${path('host')}`,
      `PidFile ${path('sshd.pid')}`,
      `AuthorizedKeysFile ${path('user.pub')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'LogLevel VERBOSE',
      `SetEnv ${Object.entries(env)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')}`,
      'ForceCommand echo "Welcome to the lab"; echo "Quota: 93%" >&2; eval "$SSH_ORIGINAL_COMMAND"',
      '',
    ].join('\n'),
  );
  writeFileSync(
    path('known_hosts'),
    `[127.0.0.1]:${port} ${readFileSync(path('host.pub'), 'utf8')}`,
  );
  const config = [
    'Host login',
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    `  IdentityFile ${path('user')}`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile ${path('known_hosts')}`,
    '  GlobalKnownHostsFile /dev/null',
    // What must not get into the way: a question, a terminal, another command, a taken port.
    '  RequestTTY force',
    '  RemoteCommand tmux attach',
    `  LocalForward 127.0.0.1:${port} localhost:22`,
    '  ExitOnForwardFailure yes',
  ];
  mkdirSync(path('bin'));
  writeFileSync(path('bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F ${path('ssh_config')} "$@"\n`);
  chmodSync(path('bin/ssh'), 0o755);
  const configure = (lines: readonly string[]) =>
    writeFileSync(path('ssh_config'), `${lines.join('\n')}\n`);
  configure(config);
  const log = path('sshd.log');
  const sshd = spawn('/usr/sbin/sshd', ['-D', '-f', path('sshd_config'), '-E', log], {
    stdio: 'ignore',
  });
  const dispose = async () => {
    sshd.kill('SIGTERM');
    await exitOf(sshd);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('sshd to listen', () => listens(port));
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    bin: path('bin'),
    configure,
    config,
    logins: () => readFileSync(log, 'utf8').match(/Accepted publickey/g)?.length ?? 0,
    [Symbol.asyncDispose]: dispose,
  };
}

export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
