import type { DoctorReport } from '@burnrate/shared/protocol/protocol.ts';
import { t } from './l10n.ts';
import { inMarkdown } from './text.ts';

const LONG = 1_000;

/** What the doctor found, as a Markdown document to read. */
export function doctorReport(report: DoctorReport): string {
  const accounts = report.accounts.flatMap(({ title, foundIn, checks }) => [
    `## ${inMarkdown(title)}`,
    t('Found in {0}', inMarkdown(foundIn, LONG)),
    checks
      .map(({ capability, ok, message, remedy }) =>
        [
          `- ${ok ? '✅' : '❌'} **${inMarkdown(capability)}** ${inMarkdown(message, LONG)}`,
          ...(remedy ? [`  - ${t('To do: {0}', inMarkdown(remedy, LONG))}`] : []),
        ].join('\n'),
      )
      .join('\n'),
  ]);
  const looked = report.looked.flatMap(({ title, places }) => [
    `- **${inMarkdown(title)}**`,
    ...places.map((place) => `  - ${inMarkdown(place, LONG)}`),
  ]);
  const { config, database, socket, log } = report.collector;
  return [
    `# ${t('Burnrate doctor')}`,
    ...(accounts.length > 0 ? accounts : [t('No account was found.')]),
    ...(looked.length > 0 ? [`## ${t('Looked, and found nothing')}`, looked.join('\n')] : []),
    `## ${t('Files')}`,
    [
      [t('Configuration'), config],
      [t('Ledger'), database],
      [t('Socket'), socket],
      [t('Log'), log],
    ]
      .map(([label = '', path = '']) => `- ${label}: ${inMarkdown(path, LONG)}`)
      .join('\n'),
    '',
  ].join('\n\n');
}
