import { createWriteStream, type Stats } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Writes the pieces one after the other as fast as they are taken: to the file, which appears (or
 * is replaced) when it is complete and not before, or to what this process prints. A pipe or device
 * is written to as it stands. Rejects with what failed.
 */
export async function writeOut(
  pieces: Iterable<string> | AsyncIterable<string>,
  path: string | undefined,
): Promise<void> {
  const source = Readable.from(pieces);
  if (path === undefined) return pipeline(source, process.stdout, { end: false });
  const there = await existing(path);
  if (there && !there.isFile()) return pipeline(source, createWriteStream(path));
  const place = there ? await realpath(path) : path;
  const unfinished = `${place}.${process.pid}.part`;
  try {
    await pipeline(source, createWriteStream(unfinished, { flags: 'wx' }));
    await rename(unfinished, place);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function existing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
