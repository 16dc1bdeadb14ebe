import { join } from 'node:path';
import { z } from 'zod';
import type { Account } from '../model/account.ts';
import { type ApiKey, type Discovery, SourceError, type Surroundings } from './source.ts';

/** A file in which a provider's own tool keeps the key. */
export interface KeyFile {
  /** `~/.config/vastai/vast_api_key` */
  path: string;
  /** The key in the file's text; undefined where it holds none. */
  read(text: string): string | undefined;
}

/** Where a provider's API key is looked for, first things first. */
export interface KeyPlaces {
  source: string;
  variables: readonly string[];
  files: readonly KeyFile[];
  /** Where a key is made: `https://cloud.lambda.ai/api-keys`. */
  madeAt: string;
}

/** What an account's options hold: where its key is, never the key. */
const Options = z.union([z.object({ variable: z.string() }), z.object({ file: z.string() })]);

/**
 * One account for each variable that burnrate.yaml names; without any, one with the key that the
 * provider's own tools would use.
 */
export async function discoverKeys(
  places: KeyPlaces,
  surroundings: Surroundings,
  named: readonly string[] | undefined,
): Promise<Discovery> {
  const { env } = surroundings;
  const { source } = places;
  const looked: string[] = [];
  const account = (name: string, foundIn: string, options: z.infer<typeof Options>): Account => ({
    id: `${source}:${name}`,
    source,
    name,
    foundIn,
    options,
  });
  if (named) {
    const set = named.filter((variable) => {
      const there = Boolean(env[variable]?.trim());
      looked.push(`${variable}, named in burnrate.yaml: ${there ? 'set' : 'not set'}`);
      return there;
    });
    const accounts = set.map((variable) =>
      account(variable.toLowerCase(), placeOf(variable, surroundings), { variable }),
    );
    return { accounts, looked };
  }
  let found: Account | undefined;
  const look = (where: string, there: boolean, options: z.infer<typeof Options>, none: string) => {
    const used = there && !found ? 'used' : `there, but ${found?.foundIn} comes first`;
    looked.push(`${where}: ${there ? used : none}`);
    if (there) found ??= account('default', where, options);
  };
  for (const variable of places.variables) {
    const there = Boolean(env[variable]?.trim());
    look(placeOf(variable, surroundings), there, { variable }, 'not set');
  }
  for (const file of places.files) {
    try {
      const text = await surroundings.readFile(absolute(file.path, surroundings));
      const there = text !== undefined && file.read(text) !== undefined;
      look(
        file.path,
        there,
        { file: file.path },
        text === undefined ? 'not there' : 'no key in it',
      );
    } catch (error) {
      looked.push(`${file.path}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  return { accounts: found ? [found] : [], looked };
}

/** The account's key as it is now. Rejects with a SourceError where it is no longer there. */
export async function readKey(
  account: Account,
  places: KeyPlaces,
  surroundings: Surroundings,
): Promise<string> {
  const options = Options.parse(account.options);
  const key =
    'variable' in options
      ? surroundings.env[options.variable]?.trim()
      : await keyInFile(options.file, account, places, surroundings);
  if (!key) throw noKey(account, places, 'it holds no API key now');
  // A line break within would end the header that it is sent in.
  if (!/^[\x21-\x7e]+$/.test(key)) throw noKey(account, places, 'what it holds is no API key');
  return key;
}

function placeOf(variable: string, { entrusted }: Surroundings): string {
  return entrusted?.has(variable)
    ? `${variable}, set in VS Code`
    : `${variable} in the environment`;
}

/** How a person gives such a key by way of a face: in the first of its variables. */
export function apiKeyOf({ variables: [variable], madeAt }: KeyPlaces): { apiKey?: ApiKey } {
  return variable === undefined ? {} : { apiKey: { variable, madeAt } };
}

/** What to do where a key is refused. */
export function keyRemedy(account: Account, { madeAt }: KeyPlaces): string {
  return `Make a key at ${madeAt} and put it where this one comes from: ${account.foundIn}.`;
}

async function keyInFile(
  path: string,
  account: Account,
  places: KeyPlaces,
  surroundings: Surroundings,
): Promise<string | undefined> {
  const file = places.files.find((one) => one.path === path);
  try {
    const text = await surroundings.readFile(absolute(path, surroundings));
    return text === undefined ? undefined : file?.read(text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw noKey(account, places, `it cannot be read (${code})`);
  }
}

function noKey(account: Account, places: KeyPlaces, happened: string): SourceError {
  return new SourceError('not-configured', {
    account: account.id,
    message: `${account.foundIn}: ${happened}`,
    remedy: keyRemedy(account, places),
  });
}

function absolute(path: string, { homedir }: Surroundings): string {
  return path.startsWith('~/') ? join(homedir, path.slice(2)) : path;
}
