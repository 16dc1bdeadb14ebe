import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { thisUser } from '../config/this_user.ts';

/** The folder cannot be trusted with the socket; the message says what to do. */
export class UnsafeFolder extends Error {
  override readonly name = 'UnsafeFolder';
}

/**
 * Makes the folder for this user alone, and refuses one that another user owns or could put
 * something into: whoever can replace the socket can pose as the collector.
 */
export function ensurePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { uid } = thisUser();
  const folder = statSync(path);
  // A link may point to a folder of ours, but only we may have made it.
  for (const owner of [lstatSync(path).uid, folder.uid]) {
    if (owner !== uid) {
      throw new UnsafeFolder(
        `${path} belongs to user ${owner}, not to you (${uid}). Remove it, or set BURNRATE_HOME or XDG_RUNTIME_DIR to a folder of your own.`,
      );
    }
  }
  if (!folder.isDirectory()) throw new UnsafeFolder(`${path} is not a folder. Remove it.`);
  if (folder.mode & 0o022) {
    const mode = (folder.mode & 0o777).toString(8);
    throw new UnsafeFolder(
      `Other users may write to ${path} (mode ${mode}). Close it with: chmod 700 ${path}`,
    );
  }
}
