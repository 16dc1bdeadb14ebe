import type { Bench } from './figure.ts';

/** Every bench by its name, loaded when it is asked for. */
const benches: Record<string, () => Promise<Bench>> = {
  parse: () => import('./parse.ts').then((module) => module.parse),
  detect: () => import('./corpus.ts').then((module) => module.detect),
  notify: () => import('./notify.ts').then((module) => module.notify),
  idle: () => import('./idle.ts').then((module) => module.idle),
  scrape: () => import('./scrape.ts').then((module) => module.scrape),
  compare: () => import('./compare.ts').then((module) => module.comparing),
  import: () => import('./import.ts').then((module) => module.importing),
  accuracy: () => import('./accuracy.ts').then((module) => module.accuracy),
  page: () => import('./page.ts').then((module) => module.page),
  store: () => import('./store.ts').then((module) => module.store),
  team: () => import('./team.ts').then((module) => module.team),
  extension: () => import('./extension.ts').then((module) => module.extension),
  start: () => import('./start.ts').then((module) => module.start),
};

/** Runs the benches that the arguments name, or all. True where every figure holds its target. */
async function run(names: readonly string[]): Promise<boolean> {
  let allHold = true;
  for (const name of names.length > 0 ? names : Object.keys(benches)) {
    const load = benches[name];
    if (!load) throw new Error(`no bench "${name}"; there are ${Object.keys(benches).join(', ')}`);
    for (const figure of await (await load()).run()) {
      console.log(JSON.stringify(figure));
      allHold &&= figure.holds;
    }
  }
  return allHold;
}

try {
  process.exitCode = (await run(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
