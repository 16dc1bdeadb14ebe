import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** A page of 100 pods has some 1 MB; what is larger than this is none. */
const MAX_BYTES = 16 * 1024 * 1024;
export const TOO_LONG = `more than ${MAX_BYTES / 1024 / 1024} MB in one page`;

/** What came, and what it says if it is JSON; undefined where it is longer than an answer is. */
export async function readAnswer(
  message: IncomingMessage,
): Promise<{ bytes: Buffer; json: unknown } | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MAX_BYTES) return undefined;
      chunks.push(chunk);
    }
  } finally {
    message.on('error', () => {
      // It was told above, or it is the end that this very line brings about.
    });
    message.destroy();
  }
  const bytes = unpacked(Buffer.concat(chunks), message);
  if (!bytes) return undefined;
  try {
    return { bytes, json: JSON.parse(bytes.toString('utf8')) };
  } catch {
    // What it is instead is for the caller to say.
    return { bytes, json: undefined };
  }
}

/**
 * At once, for a page is small: what another thread unpacks piece by piece stays with that
 * thread's heap, some 30 MB of it.
 */
function unpacked(bytes: Buffer, message: IncomingMessage): Buffer | undefined {
  if (message.headers['content-encoding'] !== 'gzip') return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}
