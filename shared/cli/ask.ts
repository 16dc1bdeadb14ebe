import { createInterface } from 'node:readline/promises';
import { clean } from './view/text.ts';

/** Asks a person; true for `y` or `yes` alone. Enter, Ctrl-C and the end of input mean no. */
export async function askYesNo(question: string): Promise<boolean> {
  const dialogue = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new AbortController();
  dialogue.once('close', () => ended.abort());
  try {
    const answer = await dialogue.question(`${clean(question)} [y/N] `, { signal: ended.signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (!ended.signal.aborted) throw error;
    process.stdout.write('\n');
    return false;
  } finally {
    dialogue.close();
  }
}
