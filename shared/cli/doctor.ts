import type { DoctorReport } from '../protocol/protocol.ts';
import { settledSnapshot, withCollector } from './connect.ts';
import { EXIT } from './exit_codes.ts';
import type { Terminal } from './terminal.ts';
import { plural } from './view/figures.ts';
import { indent, type Line, say, stacked, widthOf, wrap } from './view/text.ts';

/** `burnrate doctor`: tries every account now. Exit code 1 where something is broken. */
export async function doctor(terminal: Terminal, { json }: { json?: boolean }): Promise<number> {
  const report = await withCollector(async (link) => {
    await settledSnapshot(link);
    if (terminal.interactive && !json) terminal.note('Trying every account ...');
    return link.request('doctor', {});
  });
  if (json) terminal.json(report);
  else terminal.print(...reportLines(report, terminal.width));
  return faultsIn(report) > 0 ? EXIT.failed : EXIT.ok;
}

function faultsIn({ accounts }: DoctorReport): number {
  return accounts.flatMap(({ checks }) => checks).filter(({ ok }) => !ok).length;
}

export function reportLines(report: DoctorReport, width: number): Line[] {
  const faults = faultsIn(report);
  const verdict: Line =
    report.accounts.length === 0
      ? [say('▲ ', 'warning'), say('No account was found.', 'strong')]
      : faults > 0
        ? [say('✗ ', 'critical'), say(`${plural(faults, 'thing')} to mend.`, 'strong')]
        : [
            say('✓ ', 'good'),
            say(`${plural(report.accounts.length, 'account')}, all well.`, 'strong'),
          ];
  return stacked([
    [verdict],
    report.accounts.length === 0 ? beginningLines(width) : [],
    ...report.accounts.map((account) => accountLines(account, width)),
    lookedLines(report, width),
    pathLines(report, width),
  ]);
}

/** What to do on a machine that nobody has signed in on. */
function beginningLines(width: number): Line[] {
  const ways = [
    'A cloud: sign in by its own tool (aws configure sso; gcloud auth login; az login).',
    'Rented machines: export the API key under a name below, such as RUNPOD_API_KEY.',
    'A cluster: kubectl, squeue or sky must work here; Slurm on another machine is named as sources.slurm.ssh or sources.slurm.rest in burnrate.yaml.',
    'Then try again: burnrate doctor. To see what it would show: burnrate demo.',
  ];
  return ways.flatMap((way) =>
    indent(wrap(way, width - 4, 'flame'), [say('    ')], [say('  → ', 'flame')]),
  );
}

function accountLines(account: DoctorReport['accounts'][number], width: number): Line[] {
  const names = account.checks.map(({ capability }) => widthOf(capability));
  const column = Math.max(0, ...names);
  const margin: Line = [say(' '.repeat(column + 6))];
  return [
    [say(account.title, 'strong'), say(`  ${account.foundIn}`, 'quiet')],
    ...account.checks.flatMap(({ capability, ok, message, remedy }) => [
      ...indent(wrap(message, width - column - 6, ok ? 'quiet' : undefined), margin, [
        ok ? say('  ✓ ', 'good') : say('  ✗ ', 'critical'),
        say(`${capability.padEnd(column)}  `),
      ]),
      ...(remedy === undefined || ok
        ? []
        : indent(
            wrap(remedy, width - column - 8, 'flame'),
            [...margin, say('  ')],
            [...margin, say('→ ', 'flame')],
          )),
    ]),
  ];
}

/** Where each source looked and found nothing. */
export function lookedLines({ looked }: DoctorReport, width: number): Line[] {
  if (looked.length === 0) return [];
  return [
    [say('Looked for, and found nothing', 'strong')],
    ...looked.flatMap(({ title, places }) => [
      [say(`  ${title}`)],
      ...places.flatMap((place) =>
        indent(wrap(place, width - 6, 'quiet'), [say('      ')], [say('    – ', 'quiet')]),
      ),
    ]),
  ];
}

function pathLines({ collector }: DoctorReport, width: number): Line[] {
  const paths = [
    ['Configuration', collector.config],
    ['Database', collector.database],
    ['Socket', collector.socket],
    ['Log', collector.log],
  ] as const;
  return paths.flatMap(([name, path]) =>
    indent(wrap(path, width - 15), [say(' '.repeat(15))], [say(name.padEnd(15), 'quiet')]),
  );
}
