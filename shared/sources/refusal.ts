import type { FailureKind } from '../model/account.ts';

/** What went wrong with a request, in words for people. */
export interface Told {
  kind: FailureKind;
  happened: string;
  remedy: string;
}

/** An answer whose status is not one of success. */
export interface Refused {
  /** What people call the service: `Lambda Cloud`. */
  service: string;
  status: number;
  /** The service's own, with nothing secret in them. */
  words: string;
  /** Whether it asks for fewer requests. */
  throttled: boolean;
  /** What was shown to it, as people call that: `API key`, `sign-in`. */
  shown: string;
  /** What to do, where that depends on who asked. */
  remedies: { denied: string; throttled: string; malformed: string };
}

export const TRIES_AGAIN = 'Burnrate tries again by itself.';
export const CHECK_NETWORK = `${TRIES_AGAIN} Check the network, the VPN and the proxy`;

/** What a refusal means, whichever client was refused. */
export function refusalOf({ service, status, words, throttled, shown, remedies }: Refused): Told {
  const said = `status ${status}${words && `: ${words}`}`;
  const told = (kind: keyof Refused['remedies'], happened: string): Told => ({
    kind,
    happened: `${happened} (${said})`,
    remedy: remedies[kind],
  });
  if (throttled) return told('throttled', `${service} asks for fewer requests`);
  if (status === 401) return told('denied', `it refuses the ${shown}`);
  if (status === 403) return told('denied', `the ${shown} may not do this`);
  if (status >= 500)
    return {
      kind: 'unreachable',
      happened: `${service} failed on its side (${said})`,
      remedy: `${TRIES_AGAIN} If it persists, see the status page of ${service}.`,
    };
  if (status === 404) return told('malformed', 'not there');
  return told('malformed', status < 300 ? 'its answer is not as documented' : 'it refuses');
}
