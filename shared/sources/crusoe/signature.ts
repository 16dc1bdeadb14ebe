import { createHmac } from 'node:crypto';
import type { Instant } from '../../model/time.ts';

/**
 * The headers by which Crusoe knows a request: an HMAC over its path, its query in order, its verb
 * and the time.
 * https://docs.crusoecloud.com/reference/api/
 */
export function signed(
  { method, url }: { method: string; url: URL },
  { id, secret, now }: { id: string; secret: string; now: Instant },
): Record<string, string> {
  const timestamp = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
  const query = new URLSearchParams(url.searchParams);
  query.sort();
  const message = [url.pathname, query.toString(), method, timestamp, ''].join('\n');
  const signature = createHmac('sha256', Buffer.from(secret, 'base64url'))
    .update(message)
    .digest('base64url');
  return {
    'x-crusoe-timestamp': timestamp,
    authorization: `Bearer 1.0:${id}:${signature}`,
  };
}
