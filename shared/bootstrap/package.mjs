import { main, PlainFailure } from './setup.mjs';

/** What can be packaged: each makes its files in `release/` and answers one line about each. */
const PARTS = {
  vsix: async (args) => (await import('./package_vsix.mjs')).packageVsix(args),
  desktop: async (args) => (await import('./package_desktop.mjs')).packageDesktop(args),
};

// `npm run package -- [vsix|desktop] [targets]`; without a part, every part for this machine.
await main(async () => {
  const [part, ...targets] = process.argv.slice(2);
  const parts = part === undefined ? Object.keys(PARTS) : [part];
  for (const name of parts) {
    const make = PARTS[name];
    if (!make) {
      throw new PlainFailure(
        `usage: npm run package -- [${Object.keys(PARTS).join('|')}] [targets]`,
      );
    }
    for (const line of await make(targets)) console.log(line);
  }
  return 0;
});
