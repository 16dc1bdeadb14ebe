import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The runs that must each have left a report: a runner that died early has failed. */
const EXPECTED = ['unit', 'integration', 'faults', 'e2e'];

const [folder, failedStages] = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
const present = existsSync(folder) ? readdirSync(folder) : [];
for (const name of EXPECTED) {
  if (!present.includes(`${name}.json`)) {
    console.log(`${name}: no report`);
    sum.failed += 1;
    continue;
  }
  const report = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
  const skipped = report.numPendingTests + report.numTodoTests;
  console.log(
    `${name}: ${report.numPassedTests} passed, ${report.numFailedTests} failed, ${skipped} skipped`,
  );
  sum.passed += report.numPassedTests;
  sum.failed += report.numFailedTests;
  sum.skipped += skipped;
  if (!report.success && report.numFailedTests === 0) sum.failed += 1;
}
const bad = sum.failed > 0 || failedStages !== '0';
if (bad && sum.failed === 0) sum.failed = 1;
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exitCode = bad ? 1 : 0;
