import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

const ROOT = new URL('../', import.meta.url);
const BUILD = new URL('shared/bootstrap/build.mjs', ROOT).href;
const PLACE = 'BURNRATE_TEST_PROGRAMS';

/** Programs that tests start as processes, by the name of their bundle, each with its source. */
const PROGRAMS = {
  burnrate: 'shared/cli/main.ts',
  collector: 'shared/collector/main.ts',
  test_collector: 'test/unit/collector/collector_main.ts',
} as const;

const pathOf = (file: string) => fileURLToPath(new URL(file, ROOT));

/**
 * Before a run of tests: bundles their programs as the product is bundled, which then start in a
 * third of the time that six hundred modules take. Each run has bundles of its own, made of what
 * the sources say now, so that a change in the meantime disturbs no run.
 */
export default async function bundlePrograms(project: TestProject): Promise<() => void> {
  const { buildCore } = (await import(BUILD)) as {
    buildCore(outdir: string, more: Record<string, string>): Promise<void>;
  };
  mkdirSync(pathOf('.build'), { recursive: true });
  const place = mkdtempSync(pathOf('.build/programs-'));
  const bundle = () => buildCore(place, { test_collector: pathOf(PROGRAMS.test_collector) });
  await bundle();
  project.onTestsRerun(bundle);
  process.env[PLACE] = place;
  return () => rmSync(place, { recursive: true, force: true, maxRetries: 5 });
}

/** The file of a program: its bundle in a run that has made them, its source elsewhere. */
export function programFile(name: keyof typeof PROGRAMS): string {
  const place = process.env[PLACE];
  return place ? join(place, `${name}.mjs`) : pathOf(PROGRAMS[name]);
}
