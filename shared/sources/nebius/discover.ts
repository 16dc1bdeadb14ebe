import { join } from 'node:path';
import type { Account } from '../../model/account.ts';
import type { Discovery, Surroundings } from '../source.ts';
import type { Settings } from './index.ts';

/** Where the `nebius` tool keeps its profiles. https://docs.nebius.com/cli/configure */
const FILE = '~/.nebius/config.yaml';

/** One account for each profile that burnrate.yaml names; else one for the tool's own default. */
export async function discover(
  { readFile, homedir }: Surroundings,
  { profiles }: Settings,
): Promise<Discovery> {
  const account = (name: string, options: Account['options']): Account => ({
    id: `nebius:${name}`,
    source: 'nebius',
    name,
    foundIn: FILE,
    options,
  });
  let text: string | undefined;
  try {
    text = await readFile(join(homedir, '.nebius', 'config.yaml'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { accounts: [], looked: [`${FILE}: cannot be read (${code})`] };
  }
  if (text === undefined) return { accounts: [], looked: [`${FILE}: not there`] };
  const accounts = profiles?.map((profile) => account(profile, { profile })) ?? [
    account('default', {}),
  ];
  return { accounts, looked: [`${FILE}: used`] };
}
