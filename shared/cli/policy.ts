import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registry } from '../sources/index.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import type { Terminal } from './terminal.ts';
import { say } from './view/text.ts';

/** What a policy allows: to see everything, to stop, to read telemetry besides, or the bill. */
type Kind = 'read' | 'stop' | 'telemetry' | 'invoices';

interface PolicyFile {
  source: string;
  kind: Kind;
  path: string;
}

const PURPOSES: Readonly<Record<Kind, (source: string) => string>> = {
  read: (source) => `To see ${source}:`,
  stop: (source) => `To stop jobs of ${source}, also:`,
  telemetry: (source) => `To read how busy GPUs of ${source} are, also:`,
  invoices: (source) => `To read the bill of ${source}, also:`,
};

/** A policy is a file of this name in its source's folder, or in that of its invoice reader. */
const NAME = /^(?:policy-)?(read|stop|telemetry)\.(?:json|ya?ml)$/;

/**
 * `burnrate doctor --policy aws`: what an account must allow, each purpose apart. `aws/read` is one
 * of them alone, to be written to a file. Exit code 2 where there is none.
 */
export async function printPolicy(terminal: Terminal, wanted: string): Promise<number> {
  const [source = '', kind] = wanted.split('/');
  const files = policyFiles();
  const chosen = files.filter(
    (file) => file.source === source && (kind === undefined || file.kind === kind),
  );
  if (chosen.length === 0) throw new PlainFailure(absence(source, kind, files), EXIT.usage);
  for (const { path, kind: is } of chosen) {
    terminal.note(PURPOSES[is](source));
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    terminal.print(...lines.map((line) => [say(line)]));
  }
  return EXIT.ok;
}

function absence(source: string, kind: string | undefined, files: readonly PolicyFile[]): string {
  const having = [...new Set(files.map((file) => file.source))].join(', ');
  if (!(source in registry)) return `there is no source "${source}"; policies exist for ${having}`;
  if (kind !== undefined && files.some((file) => file.source === source))
    return `${source} has no policy "${kind}"; try ${files
      .filter((file) => file.source === source)
      .map((file) => `${source}/${file.kind}`)
      .join(', ')}`;
  return `${source} needs no policy: it asks with your own key or login. Policies exist for ${having}`;
}

function policyFiles(): PolicyFile[] {
  return Object.keys(registry).flatMap((source) => [
    ...filesIn(join(folderOf('sources'), source)).map((file) => ({ source, ...file })),
    ...filesIn(join(folderOf('invoices'), source)).map(({ path }) => ({
      source,
      kind: 'invoices' as const,
      path,
    })),
  ]);
}

function filesIn(folder: string): Omit<PolicyFile, 'source'>[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const kind = NAME.exec(name)?.[1] as Kind | undefined;
      return kind ? [{ kind, path: join(folder, name) }] : [];
    });
}

/** Beside the bundle (or beside the folder of its chunks); in the source tree the part's own. */
function folderOf(part: 'sources' | 'invoices'): string {
  const places = [`./policies/${part}`, `../policies/${part}`, `../${part}`];
  const folders = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return folders.find((folder) => existsSync(folder)) ?? folders[0] ?? '';
}
