import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bringUpToDate } from './built.mjs';
import { electronBinary } from './electron.mjs';
import { main, root, runToEnd, setup } from './setup.mjs';

/** `npm start`: installs and builds what is not there yet, then shows all that can be shown. */
await main(async () => {
  const { node, env } = await setup();
  const built = await bringUpToDate(node, env);
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
