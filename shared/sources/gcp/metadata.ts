import { text } from 'node:stream/consumers';
import { HttpClient } from '../http.ts';
import type { Surroundings } from '../source.ts';

/** It is on the machine's own network, and answers at once. */
const PATIENCE_MS = 3000;

/** Whether this is a machine of Google's, by what its firmware says or a variable that hints. */
export async function onGoogle({ env, readFile }: Surroundings): Promise<boolean> {
  if (env.GCE_METADATA_HOST) return true;
  try {
    return /google/i.test((await readFile('/sys/class/dmi/id/product_name')) ?? '');
  } catch {
    // What cannot be read says nothing.
    return false;
  }
}

/**
 * A value of the metadata server. Rejects where it does not answer.
 * https://cloud.google.com/compute/docs/metadata/querying-metadata
 */
export async function metadataOf(path: string, { env }: Surroundings): Promise<string> {
  const host = env.GCE_METADATA_HOST || 'metadata.google.internal';
  const http = new HttpClient();
  try {
    const answer = await http.ask(`http://${host}/computeMetadata/v1/${path}`, {
      headers: { 'metadata-flavor': 'Google' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const body = await text(answer);
    if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
    return body.trim();
  } finally {
    http.close();
  }
}
