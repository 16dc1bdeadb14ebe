import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Account, FailureKind } from '../../../model/account.ts';
import { oneLine } from '../../../model/text.ts';
import { optionsOf, signIn } from '../../../sources/azure/account.ts';
import { tokensOf } from '../../../sources/azure/tokens.ts';
import { HttpClient } from '../../../sources/http.ts';
import { networkFailure } from '../../../sources/network_failure.ts';
import { retryAfterMs } from '../../../sources/retry_after.ts';
import { SourceError, type Surroundings } from '../../../sources/source.ts';
import type { Delivered } from './delivered.ts';
import type { Place } from './folder.ts';

/** https://learn.microsoft.com/rest/api/storageservices/versioning-for-the-azure-storage-services */
const VERSION = '2023-11-03';
const MOST_LIST_BYTES = 32 * 1024 * 1024;
const MOST_PAGES = 100;

/**
 * A container of blobs, or a folder of it, read as whoever is signed in.
 * https://learn.microsoft.com/rest/api/storageservices/list-blobs
 * https://learn.microsoft.com/rest/api/storageservices/get-blob
 */
export function containerAt(place: string, account: Account, surroundings: Surroundings): Place {
  const options = optionsOf(account);
  const tokens = tokensOf(options, surroundings, 'https://storage.azure.com');
  const http = new HttpClient();
  const { origin, pathname } = new URL(place);
  const [container = '', ...folder] = pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const prefix = folder.length > 0 ? `${folder.join('/')}/` : '';
  const root = `${origin}/${encodeURIComponent(container)}`;

  const failed = (kind: FailureKind, happened: string, remedy: string, wait?: number) =>
    new SourceError(kind, {
      account: account.id,
      message: `Azure Storage, ${root}: ${happened}`,
      remedy,
      ...(wait !== undefined && { retryAfterMs: wait }),
    });

  async function ask(url: string, signal: AbortSignal) {
    const token = await tokens.get(account.id);
    const headers = {
      authorization: `Bearer ${token}`,
      'x-ms-version': VERSION,
      'user-agent': 'burnrate',
    };
    const answer = await http.ask(url, { headers, signal }).catch((error: unknown) => {
      const { kind, happened, remedy } = networkFailure(error);
      throw failed(kind, happened, remedy ?? 'Check the network, the VPN and the proxy.');
    });
    const { statusCode: status = 0 } = answer;
    if (status === 200) return answer;
    answer.resume();
    const code = oneLine(String(answer.headers['x-ms-error-code'] ?? `status ${status}`));
    if (status === 401) {
      tokens.forget();
      throw failed('denied', `it refuses the sign-in (${code})`, signIn(options));
    }
    if (status === 403)
      throw failed(
        'denied',
        `the sign-in may not read it (${code})`,
        'Have the role "Storage Blob Data Reader" on the container assigned to you.',
      );
    const wait = retryAfterMs(answer.headers['retry-after'], surroundings.clock.now());
    if (status === 429 || status === 503)
      throw failed('throttled', `it is busy (${code})`, 'Burnrate tries again by itself.', wait);
    if (status >= 500)
      throw failed(
        'unreachable',
        `it failed on its side (${code})`,
        'Burnrate tries again by itself.',
      );
    throw failed(
      'malformed',
      `it has none such (${code})`,
      'Set invoices.azure-exports.place in burnrate.yaml to where the export is.',
    );
  }

  async function listPage(marker: string, signal: AbortSignal): Promise<string> {
    const query = new URLSearchParams({
      restype: 'container',
      comp: 'list',
      ...(prefix && { prefix }),
      ...(marker && { marker }),
    });
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of await ask(`${root}?${query}`, signal)) {
        chunks.push(chunk as Buffer);
        size += (chunk as Buffer).length;
        if (size > MOST_LIST_BYTES) break;
      }
    } catch (error) {
      if (error instanceof SourceError) throw error;
      throw failed(
        'unreachable',
        networkFailure(error).happened,
        'Burnrate tries again by itself.',
      );
    }
    const text = Buffer.concat(chunks).toString('utf8');
    if (/<\/EnumerationResults>\s*$/.test(text)) return text;
    throw failed(
      'malformed',
      'its list of blobs is none, or has no end',
      'Check the proxy, and invoices.azure-exports.place.',
    );
  }

  return {
    async list(signal) {
      const found: Delivered[] = [];
      let marker = '';
      for (let pages = 0; pages < MOST_PAGES; pages += 1) {
        const page = await listPage(marker, signal);
        found.push(
          ...blobsIn(page).map((blob) => ({ ...blob, path: blob.path.slice(prefix.length) })),
        );
        marker = elementIn(page, 'NextMarker');
        if (marker === '') break;
      }
      return found;
    },
    async *withFile(path, signal, work) {
      const folder = await mkdtemp(join(tmpdir(), 'burnrate-export-'));
      try {
        const local = join(folder, 'file');
        const url = `${root}/${(prefix + path).split('/').map(encodeURIComponent).join('/')}`;
        await pipeline(await ask(url, signal), createWriteStream(local, { mode: 0o600 })).catch(
          (error: unknown) => {
            throw failed(
              'unreachable',
              networkFailure(error).happened,
              'Burnrate tries again by itself.',
            );
          },
        );
        yield* work(local);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    close: () => http.close(),
  };
}

function blobsIn(page: string): Delivered[] {
  return [...page.matchAll(/<Blob>.*?<\/Blob>/gs)].flatMap(([blob]) => {
    const path = elementIn(blob, 'Name');
    const modifiedAt = Date.parse(elementIn(blob, 'Last-Modified'));
    return path && !Number.isNaN(modifiedAt)
      ? { path, version: elementIn(blob, 'Etag'), modifiedAt }
      : [];
  });
}

/** The text of an element that holds nothing else; empty where there is none. */
function elementIn(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '';
  const entities: Readonly<Record<string, string>> = {
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    amp: '&',
  };
  return text.replace(
    /&(lt|gt|quot|apos|amp);/g,
    (whole, entity: string) => entities[entity] ?? whole,
  );
}
