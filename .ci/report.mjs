import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * What a runner reported, by test file; nothing where it died before it could.
 * @returns {any[] | undefined}
 */
export function filesOf(folder, name) {
  const path = join(folder, `${name}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testResults : undefined;
}

export const failedOf = (files) => files.filter((file) => file.status === 'failed');

/** How many tests ended in which way. A file whose set-up failed ran none of its own: it is one. */
export function countsOf(files) {
  const tests = files.flatMap((file) => file.assertionResults);
  const count = (status) => tests.filter((test) => test.status === status).length;
  const [passed, failed] = [count('passed'), count('failed')];
  const unset = failedOf(files).filter((file) => failedTests(file).length === 0).length;
  return { passed, failed: failed + unset, skipped: tests.length - passed - failed };
}

/** Prints what failed and why: a log of which only the end is kept must still say it. */
export function tell(title, files) {
  console.log(`== ${title}`);
  for (const file of files) {
    const name = relative(process.cwd(), file.name);
    const failed = failedTests(file);
    if (failed.length === 0) console.log(`  ${name}: ${file.message}`);
    for (const test of failed) {
      const why = test.failureMessages.join('\n').split('\n').slice(0, 12);
      console.log(`  ${name}: ${test.fullName}\n      ${why.join('\n      ')}`);
    }
  }
}

function failedTests(file) {
  return file.assertionResults.filter((test) => test.status === 'failed');
}
