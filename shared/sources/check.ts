import { type Check, SourceError } from './source.ts';

/** Tries a capability: one line of `burnrate doctor`. `account` is its name, for people. */
export async function check(
  capability: Check['capability'],
  account: string,
  task: () => Promise<string>,
): Promise<Check> {
  try {
    return { capability, ok: true, message: await task() };
  } catch (error) {
    if (error instanceof SourceError)
      return { capability, ok: false, message: error.message, remedy: error.remedy };
    return {
      capability,
      ok: false,
      message: `Burnrate itself failed: ${(error as Error).message}`,
      remedy: `Please report this, with the kind of account that ${account} is.`,
    };
  }
}
