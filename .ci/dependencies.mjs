import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Licences under which a package may be part of what is shipped. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
]);

/**
 * The shipped packages of a lock file by licence, and those whose licence is none that is allowed.
 * Of "A OR B" one is enough; of "A AND B" each counts.
 */
export function licencesOf(lock) {
  const byLicence = new Map();
  const refused = [];
  for (const [path, { version, license = 'none', dev, devOptional, link }] of Object.entries(
    lock.packages,
  )) {
    if (!path.includes('node_modules/') || link || dev || devOptional) continue;
    const name = `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`;
    byLicence.set(license, [...(byLicence.get(license) ?? []), name]);
    const choices = license.replace(/[()]/g, '').split(' OR ');
    const isAllowed = choices.some((one) => one.split(' AND ').every((part) => ALLOWED.has(part)));
    if (!isAllowed) refused.push(`${name}: ${license}`);
  }
  return { byLicence, refused };
}

/** What `npm audit --json` has printed: how many are grave, or why that is not known. */
export function auditOf(text) {
  let report;
  try {
    report = JSON.parse(text);
  } catch {
    return { skipped: 'it answered with no JSON' };
  }
  const found = report?.metadata?.vulnerabilities;
  if (!found) return { skipped: report?.message ?? 'the registry did not answer' };
  const grave = (found.high ?? 0) + (found.critical ?? 0);
  return { grave, slight: (found.low ?? 0) + (found.moderate ?? 0) };
}

function main() {
  const { byLicence, refused } = licencesOf(JSON.parse(readFileSync('package-lock.json', 'utf8')));
  for (const [licence, names] of [...byLicence].sort((a, b) => b[1].length - a[1].length))
    console.log(`licence ${licence}: ${names.length} packages`);
  for (const one of refused) console.log(`not allowed in what is shipped: ${one}`);

  const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  const audit = auditOf(stdout ?? '');
  if (audit.skipped) console.log(`audit skipped: ${audit.skipped.split(' http')[0]}`);
  else console.log(`audit: ${audit.grave} grave, ${audit.slight} slight`);
  process.exitCode = refused.length > 0 || (audit.grave ?? 0) > 0 ? 1 : 0;
}

if (import.meta.main ?? process.argv[1]?.endsWith('dependencies.mjs')) main();
