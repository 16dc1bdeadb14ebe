import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { main, PlainFailure, root, runToEnd, setup } from './setup.mjs';

const reports = join(root, '.build', 'reports');

/** A run of the test runner, with its project and those named after it; `.ci/run` sums up its report. */
const vitest = (project, before = []) => [
  ...before,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--config',
    join(root, 'test', 'vitest.config.ts'),
    '--project',
    `${project}*`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${join(reports, `${project}.json`)}`,
  ],
];

const build = [join(root, 'shared', 'bootstrap', 'build.mjs')];

/** Each command is Node scripts to run one after the other; the last one gets the arguments. */
const commands = {
  test: vitest('unit'),
  prepare: [[join(root, 'test', 'prepare.ts')]],
  'test:integration': vitest('integration', [build]),
  'test:faults': vitest('faults'),
  'test:e2e': vitest('e2e', [build]),
  bench: [build, [join(root, 'test', 'bench', 'main.ts')]],
  build: [build],
  package: [build, [join(root, 'shared', 'bootstrap', 'package.mjs')]],
};

await main(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  const steps = commands[name];
  if (!steps) {
    throw new PlainFailure(`usage: node run.mjs <${Object.keys(commands).join('|')}> [arguments]`);
  }
  const { node, env } = await setup();
  mkdirSync(reports, { recursive: true });
  for (const [index, step] of steps.entries()) {
    const last = index === steps.length - 1;
    const code = await runToEnd(node, last ? [...step, ...args] : step, env);
    if (code !== 0) return code;
  }
  return 0;
});
