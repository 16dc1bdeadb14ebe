import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { SourceError } from '../../../sources/source.ts';
import type { Delivered } from './delivered.ts';

/** Where exports are delivered. Everything rejects with a SourceError. */
export interface Place {
  list(signal: AbortSignal): Promise<Delivered[]>;
  /** Does the work with a file of this machine that holds what is there. */
  withFile<T>(
    path: string,
    signal: AbortSignal,
    work: (local: string) => AsyncIterable<T>,
  ): AsyncIterable<T>;
  close(): void;
}

/** A folder to which somebody copies the export, `azcopy sync` for example. */
export function folderAt(root: string, account: string): Place {
  return {
    async list() {
      try {
        const names = await readdir(root, { recursive: true, withFileTypes: true });
        const paths = names
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name));
        return await Promise.all(
          paths.map(async (path) => {
            const { size, mtimeMs } = await stat(path);
            const modifiedAt = Math.round(mtimeMs);
            return {
              path: relative(root, path).split(sep).join('/'),
              version: `${size}-${modifiedAt}`,
              modifiedAt,
            };
          }),
        );
      } catch (error) {
        throw new SourceError('not-configured', {
          account,
          message: `${root} cannot be read: ${(error as Error).message}`,
          remedy: 'Set invoices.azure-exports.place in burnrate.yaml to where the export is.',
        });
      }
    },
    withFile: (path, _signal, work) => work(join(root, ...path.split('/'))),
    close: () => {},
  };
}
