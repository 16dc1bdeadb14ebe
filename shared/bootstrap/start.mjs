import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { electronBinary } from './electron.mjs';
import { main, root, runToEnd, setup } from './setup.mjs';

/** A build of what has not changed takes no time, and is not worth a line. */
const WORTH_A_LINE_MS = 700;

/** `npm start`: installs and builds what is not there yet, then shows all that can be shown. */
await main(async () => {
  const { node, env } = await setup();
  const built = await build(node, env);
  if (built !== 0) return built;
  const electron = await trayProgram(env);
  const burnrate = join(root, 'shared', 'dist', 'burnrate.mjs');
  return runToEnd(
    node,
    [burnrate, 'start', ...process.argv.slice(2)],
    { ...env, ...(electron && { BURNRATE_ELECTRON: electron }) },
    process.cwd(),
  );
});

async function build(node, env) {
  const line = setTimeout(() => console.error('Building (a few seconds) ...'), WORTH_A_LINE_MS);
  try {
    return await runToEnd(node, [join(root, 'shared', 'bootstrap', 'build.mjs')], env);
  } finally {
    clearTimeout(line);
  }
}

/**
 * Electron's program where it is there by now. Where it is not, it is fetched while the page and
 * the table are already shown: nobody waits for it, and the next start has the tray.
 */
async function trayProgram(env) {
  let listening = true;
  const say = (line) => {
    // Later the screen belongs to the table; a failure is kept and told by the next start.
    if (listening) console.error(line);
  };
  const binary = electronBinary({ download: true, say, env });
  const soon = await Promise.race([binary, pause(100)]);
  listening = false;
  return soon;
}
