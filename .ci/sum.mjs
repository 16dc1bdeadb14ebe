import { spawnSync } from 'node:child_process';
import { join, relative } from 'node:path';
import { countsOf, failedOf, filesOf, tell } from './report.mjs';

/**
 * Sums up the runners' own reports: `node sum.mjs REPORTS FAILED_CHECKS unit=0 integration=1 ...`,
 * each run with the code it exited with. Test files that failed run a second time, by themselves:
 * a real cluster or workbench on a busy machine may miss its moment once. What passed only then is
 * told in the sum, so that it is looked into and not lost.
 */
const SCRIPTS = {
  unit: 'test',
  integration: 'test:integration',
  faults: 'test:faults',
  e2e: 'test:e2e',
};

/** Where more files fail than this, no accident explains it, and a second run only takes time. */
const ACCIDENTS_AT_MOST = 4;

const [folder, failedChecks, ...runs] = process.argv.slice(2);
const exits = new Map(runs.map((run) => run.split('=')));

/** Runs the files of a suite that failed once more; the suite's results with theirs in place. */
function again(name, files) {
  const failed = failedOf(files);
  tell(`${name}: failed, and is tried once more`, failed);
  const paths = failed.map((file) => relative(join(process.cwd(), 'test'), file.name));
  const { status } = spawnSync('npm', ['run', '--silent', SCRIPTS[name], '--', ...paths], {
    stdio: 'inherit',
  });
  const kept = files.filter((file) => !failed.includes(file));
  return { files: [...kept, ...(filesOf(folder, name) ?? failed)], code: status };
}

function sumOf(name) {
  let files = filesOf(folder, name);
  let code = Number(exits.get(name) ?? 1);
  if (!files) return { passed: 0, failed: 1, skipped: 0, remark: ' (no report)' };
  const accidents = failedOf(files).length;
  const retried = accidents > 0 && accidents <= ACCIDENTS_AT_MOST;
  if (retried) ({ files, code } = again(name, files));
  const counts = countsOf(files);
  if (counts.failed > 0) tell(`${name}: failed`, failedOf(files));
  // An error outside of all tests is in no report: the runner's exit code alone tells of it.
  else if (code !== 0) counts.failed = 1;
  const remark = retried ? ` (${accidents} of its files tried a second time)` : '';
  return { ...counts, remark };
}

const sum = { passed: 0, failed: Number(failedChecks), skipped: 0 };
const lines = failedChecks === '0' ? [] : [`checks: ${failedChecks} failed`];
for (const name of Object.keys(SCRIPTS)) {
  const { remark, ...counts } = sumOf(name);
  for (const [what, count] of Object.entries(counts)) sum[what] += count;
  const { passed, failed, skipped } = counts;
  lines.push(`${name}: ${passed} passed, ${failed} failed, ${skipped} skipped${remark}`);
}
for (const line of lines) console.log(line);
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = sum.failed > 0 ? 1 : 0;
