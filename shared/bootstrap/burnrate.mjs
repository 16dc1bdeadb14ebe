#!/usr/bin/env node
import { join } from 'node:path';
import { bringUpToDate } from './built.mjs';
import { main, root, runToEnd, setup } from './setup.mjs';

/** `npx burnrate` in a clone: installs and builds what is not there yet, on any Node from 20 on. */
await main(async () => {
  const { node, env } = await setup();
  const built = await bringUpToDate(node, env);
  if (built !== 0) return built;
  const program = join(root, 'shared', 'dist', 'burnrate.mjs');
  return runToEnd(node, [program, ...process.argv.slice(2)], env, process.cwd());
});
