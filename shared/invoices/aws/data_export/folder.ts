import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { SourceError } from '../../../sources/source.ts';
import { replaced } from './bucket.ts';
import type { Entry, Place } from './place.ts';

/** A folder to which somebody copies the export, `aws s3 sync` for example. */
export function folderAt(root: string, account: string): Place {
  return {
    name: root,
    async list() {
      const names = await readdir(root, { recursive: true, withFileTypes: true }).catch(
        (error: NodeJS.ErrnoException) => {
          throw new SourceError('not-configured', {
            account,
            message: `${root} cannot be read: ${error.message}`,
            remedy: 'Set invoices.aws-data-export.path in burnrate.yaml to where the export is.',
          });
        },
      );
      const files = names.filter((entry) => entry.isFile());
      return Promise.all(
        files.map(async (entry): Promise<Entry> => {
          const path = join(entry.parentPath, entry.name);
          const { size, mtimeMs } = await stat(path);
          return {
            path: relative(root, path).split(sep).join('/'),
            version: `${size}-${Math.round(mtimeMs)}`,
            modifiedAt: Math.round(mtimeMs),
          };
        }),
      );
    },
    text: (path) =>
      readFile(join(root, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      }),
    async fetch(reference) {
      const path = await find(root, reference);
      if (!path) throw replaced(account, reference);
      return { path, release: async () => {} };
    },
    close: () => {},
  };
}

/** A manifest names objects of the bucket; in the folder is some end of that path. */
async function find(root: string, reference: string): Promise<string | undefined> {
  const parts = reference.replace(/^s3:\/\/[^/]+\//, '').split('/');
  for (let from = 0; from < parts.length; from += 1) {
    const wanted = parts.slice(from);
    // Nothing that a manifest says may lead out of the folder.
    if (wanted.some((part) => part === '..')) continue;
    const path = join(root, ...wanted);
    const there = await stat(path).catch(() => undefined);
    if (there?.isFile() && basename(path) === wanted.at(-1)) return path;
  }
  return undefined;
}
