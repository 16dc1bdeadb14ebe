import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registry } from '../sources/index.ts';
import { EXIT, PlainFailure } from './exit_codes.ts';
import type { Terminal } from './terminal.ts';
import { say } from './view/text.ts';

/** What a policy allows: to see everything, or also to stop, or to read telemetry besides. */
type Kind = 'read' | 'stop' | 'telemetry';

interface PolicyFile {
  source: string;
  kind: Kind;
  path: string;
}

const PURPOSES: Readonly<Record<Kind, (source: string) => string>> = {
  read: (source) => `To see ${source}:`,
  stop: (source) => `To stop jobs of ${source}, also:`,
  telemetry: (source) => `To read how busy GPUs of ${source} are, also:`,
};

/** A policy is a file of this name in its source's folder. */
const NAME = /^(?:policy-)?(read|stop|telemetry)\.(?:json|ya?ml)$/;

/**
 * `burnrate doctor --policy aws`: what an account must allow, read and stop apart. `aws/read` is
 * one of them alone, to be written to a file. Exit code 2 where there is none.
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
    return `${source} has no policy "${kind}"; try --policy ${source}/read or ${source}/stop`;
  return `${source} needs no policy: it asks with your own key or login. Policies exist for ${having}`;
}

function policyFiles(): PolicyFile[] {
  const root = policyRoot();
  return Object.keys(registry).flatMap((source) => {
    const folder = join(root, source);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .sort()
      .flatMap((name) => {
        const kind = NAME.exec(name)?.[1] as Kind | undefined;
        return kind ? [{ source, kind, path: join(folder, name) }] : [];
      });
  });
}

/** Beside the bundle (or beside the folder of its chunks); in the source tree the sources' own. */
function policyRoot(): string {
  const places = ['./policies', '../policies', '../sources'];
  const folders = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return folders.find((folder) => existsSync(folder)) ?? folders[0] ?? '';
}
