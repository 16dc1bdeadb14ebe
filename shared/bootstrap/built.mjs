import { join } from 'node:path';
import { root, runToEnd } from './setup.mjs';

/** A build of what has not changed takes no time, and is not worth a line. */
const WORTH_A_LINE_MS = 700;

/** Builds what has changed since the last time. Answers the exit code. */
export async function bringUpToDate(node, env) {
  const line = setTimeout(() => console.error('Building (a few seconds) ...'), WORTH_A_LINE_MS);
  try {
    return await runToEnd(node, [join(root, 'shared', 'bootstrap', 'build.mjs')], env);
  } finally {
    clearTimeout(line);
  }
}
