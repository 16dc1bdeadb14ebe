import type { FailureKind } from '../../model/account.ts';
import { oneLine } from '../../model/text.ts';
import { type CommandResult, SourceError } from '../source.ts';

interface Reached {
  account: string;
  host: string;
}

/**
 * What OpenSSH says where it gets no further, in the order in which it is looked for.
 * Texts: https://github.com/openssh/openssh-portable, sshconnect.c, sshconnect2.c, readconf.c
 */
const MEANINGS: readonly [RegExp, FailureKind, (host: string) => string][] = [
  [
    /IDENTIFICATION HAS CHANGED|host key .*(has changed|differs)/i,
    'denied',
    (host) =>
      `The host shows another key than before: it was set up anew, or something else answers in its place. Ask its administrator; then forget the old key (ssh-keygen -R ${host}) and log in once by hand: ssh ${host}`,
  ],
  [
    /Host key verification failed|No .* host key is known/i,
    'denied',
    (host) =>
      `This machine does not know the host's key yet. Log in once by hand and compare the fingerprint with the one your site publishes: ssh ${host}`,
  ],
  [
    /Permission denied|Too many authentication failures|No more authentication methods|no mutual signature|sign_and_send_pubkey/i,
    'denied',
    (host) =>
      `Burnrate cannot answer a question for a password or a code. Load your key (ssh-add), or where the site wants a code too let your ssh config share a connection (ControlMaster auto, ControlPath ~/.ssh/%C, ControlPersist 12h) and log in once by hand: ssh ${host}`,
  ],
  [
    /bad configuration option|Bad owner or permissions|no argument after keyword|terminating, \d+ bad/i,
    'not-configured',
    (host) => `Mend your ssh config as it says, and see whether this works: ssh ${host}`,
  ],
  [
    /Could not resolve hostname|Name or service not known/i,
    'unreachable',
    (host) =>
      `See whether ${host} is in ~/.ssh/config and the network (a VPN?) is up: ssh ${host}. It is sources.slurm.ssh in burnrate.yaml.`,
  ],
];

/** Says why there was no running anything on the host. */
export function sshFailure(
  { code, stdout, stderr }: CommandResult,
  { account, host }: Reached,
): SourceError {
  const said = oneLine(stderr.replaceAll(/^@+$/gm, ''), 300);
  const [, kind, remedy] = MEANINGS.find(([pattern]) => pattern.test(stderr)) ?? [];
  if (kind && remedy)
    return new SourceError(kind, {
      account,
      message: `ssh ${host}: ${said}`,
      remedy: remedy(host),
    });
  // Its own failures end it with 255; -1 is what was ended for its silence.
  const loggedIn = code !== 255 && code !== -1;
  return new SourceError(loggedIn ? 'malformed' : 'unreachable', {
    account,
    message: loggedIn
      ? `ssh ${host}: the host lets you in, but runs no sh for you: ${oneLine(stdout, 100) || said || `code ${code}`}`
      : `ssh ${host}: ${said || 'no answer'}`,
    remedy: loggedIn
      ? `See what this prints, which should be one word: ssh ${host} echo hello`
      : `Burnrate tries again by itself. See whether you can log in (is a VPN needed?): ssh ${host}`,
  });
}

export function commandsMissing(program: string, { account, host }: Reached): SourceError {
  return new SourceError('not-configured', {
    account,
    message: `ssh ${host}: ${program} is not there`,
    remedy: `See where it is (ssh ${host}, then: command -v ${program.split('/').at(-1)}), and name its folder as sources.slurm.commands in burnrate.yaml.`,
  });
}
