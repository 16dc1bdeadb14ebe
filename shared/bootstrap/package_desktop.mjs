import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { PlainFailure, root, runToEnd } from './setup.mjs';

const require = createRequire(import.meta.url);

/**
 * Packages the tray app for this machine as electron-builder.yml says; further arguments go to
 * electron-builder (`--dir` makes the folder only). Where BURNRATE_UPDATES_URL names a place, the app
 * looks there for newer versions: for what electron-builder writes into `release/desktop`, put there.
 * Answers a line about what was made.
 */
export async function packageDesktop(args) {
  await run(join(root, 'desktop', 'make_icons.ts'));
  const { bin } = require('electron-builder/package.json');
  const builder = require.resolve(`electron-builder/${bin['electron-builder']}`);
  const { BURNRATE_UPDATES_URL: feed } = process.env;
  await run(
    builder,
    ...['--config', join(root, 'electron-builder.yml'), '--publish=never'],
    ...(feed ? ['-c.publish.provider=generic', `-c.publish.url=${feed}`] : []),
    ...args,
  );
  const updates = feed ? `looks for updates at ${feed}` : 'is not updated by itself';
  return [`the tray app is in ${join('release', 'desktop')}; it ${updates}`];
}

async function run(script, ...args) {
  const code = await runToEnd(process.execPath, [script, ...args], process.env);
  if (code === 0) return;
  throw new PlainFailure(
    `The tray app could not be packaged: ${relative(root, script)} ended with code ${code}; it says why above.`,
  );
}
