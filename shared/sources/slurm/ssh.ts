import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import PQueue from 'p-queue';
import { SECOND } from '../../model/time.ts';
import { type CommandResult, SourceError, type Surroundings } from '../source.ts';
import { DISTURBING, type Person, quoted, type Shell } from './shell.ts';
import { commandsMissing, sshFailure } from './ssh_failure.ts';

/** A login node's sshd refuses too many at once (MaxStartups, MaxSessions). */
const AT_ONCE = 2;

/**
 * What stands in a person's ssh config holds, but for what asks questions, opens more than is
 * needed, or runs something else. It is the person's own ControlMaster that shares connections.
 */
const OPTIONS = [
  'BatchMode=yes',
  'ConnectTimeout=8',
  'RequestTTY=no',
  'RemoteCommand=none',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'ForwardX11=no',
  'PermitLocalCommand=no',
  // No banners; what failed is said all the same.
  'LogLevel=ERROR',
].flatMap((option) => ['-o', option]);

/**
 * Another machine, by the ssh of this machine's user.
 *
 * What is to run there goes in as a script on `sh`'s input: whatever the login shell is, it sees no
 * word of it. The script first prints a mark that nobody can know beforehand: what a login shell's
 * own files print comes before, and where it is missing nothing has run.
 */
export function shellOver(host: string, account: string, surroundings: Surroundings): Shell {
  const queue = new PQueue({ concurrency: AT_ONCE });
  const failed = { account, host };
  let person: Person | undefined;
  const ssh = async (args: readonly string[], options: Parameters<Surroundings['run']>[2]) => {
    try {
      return await surroundings.run('ssh', args, { ...options, env: surroundings.env });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new SourceError('not-configured', {
        account,
        message: `ssh ${host}: there is no ssh on this machine`,
        remedy: 'Install the OpenSSH client (Debian: sudo apt-get install openssh-client).',
      });
    }
  };
  const shell: Shell = {
    async run(program, args, { variables, ...options }) {
      const mark = `~${randomBytes(8).toString('hex')}~`;
      const stdin = scriptOf(mark, variables, [program, ...args]);
      const there = [...OPTIONS, '--', host, 'sh -s'];
      const result = await queue.add(() => ssh(there, { ...options, stdin }), {
        signal: options.signal,
      });
      const answer = afterMark(result, mark);
      if (!answer) throw sshFailure(result, failed);
      if (answer.code === 127) throw commandsMissing(program, failed);
      return answer;
    },
    typed: (words) => `ssh ${quoted(host)} ${quotedTwice(words)}`,
    within: posix.join,
    async user(signal) {
      person ??= await whoAmI(shell, signal);
      return person;
    },
    async describe(signal) {
      const { stdout } = await ssh(['-G', '--', host], { signal, endAfterMs: 5 * SECOND });
      const shared = /^controlmaster (?!no|false)/m.test(stdout) && /^controlpath \S/m.test(stdout);
      return shared
        ? `by ssh ${host}, over the connection that your ssh config shares`
        : `by ssh ${host}, a connection each reading (ControlMaster auto, ControlPath ~/.ssh/%C and ControlPersist 10m in your ssh config would share one)`;
    },
  };
  return shell;
}

async function whoAmI(shell: Shell, signal: AbortSignal): Promise<Person> {
  const ask = async (flags: string) =>
    (await shell.run('id', [flags], { signal, variables: {} })).stdout.trim();
  const [uid, name] = await Promise.all([ask('-u'), ask('-un')]);
  return { name: name || uid, ...(/^\d+$/.test(uid) && { uid: Number(uid) }) };
}

/**
 * Sets up the environment and becomes the program. Sessions that are not for a person to type in
 * often lack the PATH that the site's profile sets.
 */
function scriptOf(
  mark: string,
  variables: Readonly<Record<string, string>>,
  words: readonly string[],
): string {
  return [
    `unset $(env | sed -nE 's/^(${DISTURBING})=.*/\\1/p')`,
    'command -v squeue >/dev/null 2>&1 ||',
    '  PATH=$(. /etc/profile >/dev/null 2>&1 </dev/null; printf %s "$PATH:/opt/slurm/bin:/usr/local/slurm/bin")',
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`),
    'export PATH',
    `printf '%s\\n' ${quoted(mark)}`,
    `printf '%s\\n' ${quoted(mark)} >&2`,
    `exec ${words.map(quoted).join(' ')} </dev/null`,
    '',
  ].join('\n');
}

/** What the program itself printed; undefined where it was never begun. */
function afterMark(result: CommandResult, mark: string): CommandResult | undefined {
  const after = (text: string) => {
    const at = text.indexOf(`${mark}\n`);
    return at < 0 ? undefined : text.slice(at + mark.length + 1);
  };
  const stdout = after(result.stdout);
  if (stdout === undefined) return undefined;
  return { code: result.code, stdout, stderr: after(result.stderr) ?? result.stderr };
}

/** The login shell takes one level of quotes away, the shell here another. */
function quotedTwice(words: readonly string[]): string {
  const command = words.map(quoted).join(' ');
  return command === words.join(' ') ? command : quoted(command);
}
