import { z } from 'zod';
import { MINUTE, SECOND } from '../../model/time.ts';
import { SourceError, type Surroundings } from '../source.ts';
import { commandsOf } from './commands.ts';
import type { ClusterSettings, Rest } from './settings.ts';
import { type Person, shellHere } from './shell.ts';

/** What proves to slurmrestd who asks; of a socket with rest_auth/local, the process does. */
export interface Token {
  text: string;
  user?: Person;
}

/** Of what a token says, whom it names and until when. https://slurm.schedmd.com/jwt.html */
const Claims = z.looseObject({ sun: z.string().optional(), exp: z.number().optional() });
/** Asked for anew this long before it ends. */
const MARGIN_MS = MINUTE;
const LIFESPAN_S = 3600;
const PATIENCE_MS = 5 * SECOND;

/** The token, read anew each time; one of `scontrol token` is kept for as long as it counts. */
export function tokenOf(
  account: string,
  surroundings: Surroundings,
  settings: ClusterSettings & { rest: Rest },
): () => Promise<Token> {
  const { url, tokenEnv, tokenFile } = settings.rest;
  const { clock, env } = surroundings;
  const counts = (token: string) => (claimsOf(token).exp ?? Infinity) * SECOND > clock.now();
  let made: string | undefined;

  async function fromFile(path: string): Promise<string> {
    const token = (await surroundings.readFile(path))?.trim();
    if (token && counts(token)) return token;
    throw denied(`${path}: ${token ? 'the token in it has expired' : 'no token in it'}`);
  }

  async function fromScontrol(): Promise<string | undefined> {
    if (made && (claimsOf(made).exp ?? 0) * SECOND - MARGIN_MS > clock.now()) return made;
    const commands = commandsOf(account, shellHere(surroundings), settings);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      const text = await commands.read('scontrol', ['token', `lifespan=${LIFESPAN_S}`], { signal });
      made = /^SLURM_JWT=(\S+)/m.exec(text)?.[1];
      return made;
    } catch (error) {
      // Where there is no Slurm, or one without tokens, there is none: what is missing is said below.
      if (error instanceof SourceError) return undefined;
      throw error;
    }
  }

  function denied(message: string): SourceError {
    return new SourceError('denied', {
      account,
      message: `slurmrestd at ${url}: ${message}`,
      remedy: `Make one on a machine with Slurm (scontrol token lifespan=86400). Put what follows SLURM_JWT= into a file that only you can read, and name that as sources.slurm.rest.tokenFile in burnrate.yaml; or start Burnrate with ${tokenEnv} set to it.`,
    });
  }

  return async () => {
    const given = env[tokenEnv]?.trim();
    let text = tokenFile && (await fromFile(tokenFile));
    if (!text && given && counts(given)) text = given;
    if (!text && url.startsWith('unix:') && !given) return { text: '', user: surroundings.user };
    text ||= await fromScontrol();
    if (!text)
      throw denied(given ? `the token in ${tokenEnv} has expired` : `no token in ${tokenEnv}`);
    const name = claimsOf(text).sun;
    return { text, ...(name && { user: { name } }) };
  };
}

/** Read, not trusted: it is slurmrestd that verifies it. */
function claimsOf(token: string): z.infer<typeof Claims> {
  try {
    const [, claims = ''] = token.split('.');
    return Claims.parse(JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')));
  } catch {
    // A token of another kind says nothing that could be read here.
    return {};
  }
}
