import type { FailureKind } from '../../model/account.ts';
import { SourceError } from '../source.ts';

/** What was being done when it failed: it makes the remedy exact. */
export interface Attempt {
  account: string;
  /** The command as a person would type it: `squeue --json`. */
  command: string;
}

interface Judgement {
  kind: FailureKind;
  remedy: string;
}

/**
 * What Slurm's commands say where they fail, in the order in which they are looked for.
 * Texts: https://github.com/SchedMD/slurm/blob/master/src/common/slurm_errno.c
 */
const MEANINGS: readonly [RegExp, Judgement][] = [
  [
    /munge|auth_g_|authentication (error|credential)|Invalid authentication|auth plugin|cred(ential)? (expired|rewound)/i,
    {
      kind: 'denied',
      remedy:
        'This machine cannot prove to Slurm who you are. See whether munge works: munge -n | unmunge (and: systemctl status munge). The clocks of both machines must agree.',
    },
  ],
  [
    /configuration (source|file)|cannot stat file|SLURM_CONF|ClusterName needs|DNS SRV|fetch config|failed to load config/i,
    {
      kind: 'not-configured',
      remedy:
        'Slurm finds no slurm.conf: set SLURM_CONF, or sources.slurm.conf in burnrate.yaml, to its path.',
    },
  ],
  [
    /permission denied|access denied|not authorized|Invalid user id|User not found|only .* may/i,
    {
      kind: 'denied',
      remedy:
        'The cluster does not allow this to you: ask its administrator, naming the command above.',
    },
  ],
  [
    /rate limit|too many (requests|RPCs)|SLURMCTLD_BACKOFF/i,
    {
      kind: 'throttled',
      remedy:
        'Burnrate waits and tries again by itself. If it persists, set sources.slurm.onlyMine: true in burnrate.yaml.',
    },
  ],
  [
    /slurmdbd|accounting storage|database/i,
    {
      kind: 'unreachable',
      remedy:
        'The accounting database does not answer: sacctmgr show cluster. What runs now is read all the same.',
    },
  ],
  [
    /incompatible (versions|slurm plugin)|protocol version|unexpected message/i,
    {
      kind: 'malformed',
      remedy:
        'These commands are of another release than the controller: compare squeue --version with the version in scontrol ping, and name the right ones as sources.slurm.commands in burnrate.yaml.',
    },
  ],
  [
    /slurmctld.* is DOWN/i,
    {
      kind: 'unreachable',
      remedy:
        "The cluster's controller does not run: its administrator can start it (systemctl start slurmctld, on its host). Burnrate tries again by itself.",
    },
  ],
  [
    /unable to contact|connect failure|slurm_load_|no answer|connection (refused|timed out|reset)|socket timed out|zero bytes|no route|timed out|Slurm backup controller in standby|unknown host/i,
    {
      kind: 'unreachable',
      remedy: 'See whether the controller answers: scontrol ping. Burnrate tries again by itself.',
    },
  ],
];

/** Says in the contract's words why a command of Slurm's failed. */
export function failureOf(stderr: string, code: number, attempt: Attempt): SourceError {
  const said =
    shorten(stderr) || (code === -1 ? 'no answer' : `ended with code ${code} and no reason`);
  const meaning = MEANINGS.find(([pattern]) => pattern.test(stderr || said))?.[1];
  return new SourceError(meaning?.kind ?? 'malformed', {
    account: attempt.account,
    message: `${attempt.command}: ${said}`,
    remedy: meaning?.remedy ?? `Try it in a terminal: ${attempt.command}`,
  });
}

/** Output that is not what the command prints. */
export function malformed(what: string, attempt: Attempt, cause?: unknown): SourceError {
  return new SourceError('malformed', {
    account: attempt.account,
    message: `${attempt.command}: ${what}`,
    remedy: `See what it prints in a terminal: ${attempt.command}. If that looks right, please report it with squeue --version.`,
    cause,
  });
}

/** Why a command could not be run to its end. */
export function unfinished(error: unknown, attempt: Attempt, signal: AbortSignal): SourceError {
  const { account, command } = attempt;
  const { code, message } = error as NodeJS.ErrnoException;
  if (signal.aborted)
    return new SourceError('unreachable', {
      account,
      message: `${command}: no answer before the deadline`,
      remedy: 'See whether the controller answers: scontrol ping. Burnrate tries again by itself.',
    });
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new SourceError('not-configured', {
      account,
      message: `${command}: Slurm's commands are not there`,
      remedy:
        'Install the Slurm client (Debian: sudo apt-get install slurm-client), or name the folder of its commands as sources.slurm.commands in burnrate.yaml.',
    });
  if (code === 'EACCES')
    return new SourceError('denied', {
      account,
      message: `${command}: you may not run it`,
      remedy: 'Make it executable for you, or name another folder as sources.slurm.commands.',
    });
  return malformed(message, attempt, error);
}

/** The first lines that say something, without the programs' own prefixes. */
function shorten(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^\w+: (error|fatal): /, '').trim())
    .filter((line) => line !== '' && !/^(\*\*|If munged is up)/.test(line));
  const text = [...new Set(lines)].slice(0, 3).join('; ');
  return text.length > 300 ? `${text.slice(0, 297)}...` : text;
}
