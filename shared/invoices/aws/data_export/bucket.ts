import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { Account } from '../../../model/account.ts';
import { openApi } from '../../../sources/aws/api.ts';
import { errorName } from '../../../sources/aws/errors.ts';
import { SourceError, type Surroundings } from '../../../sources/source.ts';
import type { Entry, Place } from './place.ts';

/** The bucket to which an export is delivered, by the account's credentials. */
export function bucketAt(
  url: string,
  account: Account,
  surroundings: Surroundings,
  region: string | undefined,
): Place {
  const api = openApi(account, surroundings);
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(url) ?? [];
  const root = prefix === '' ? '' : `${prefix}/`;
  const at = region ?? api.homeRegion;
  const client = api.client('S3', at, PathStyle);

  /** The object's key: manifests name objects by their whole address, or by their key. */
  const keyOf = (reference: string) =>
    reference.startsWith(`s3://${bucket}/`) ? reference.slice(bucket.length + 6) : reference;

  async function get(key: string, signal: AbortSignal): Promise<Readable | undefined> {
    return api.ask(api.attempt('s3:GetObject', at), signal, async () => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
          abortSignal: signal,
        });
        return Body as Readable;
      } catch (error) {
        if (errorName(error) === 'NoSuchKey') return undefined;
        throw error;
      }
    });
  }

  return {
    name: `s3://${bucket}/${prefix}`,
    list: (signal) =>
      api.ask(api.attempt('s3:ListBucket', at), signal, async () => {
        const entries: Entry[] = [];
        const pages = paginateListObjectsV2(
          { client },
          { Bucket: bucket, Prefix: root },
          { abortSignal: signal },
        );
        for await (const { Contents = [] } of pages)
          for (const { Key, ETag, LastModified } of Contents)
            if (Key)
              entries.push({
                path: Key,
                version: `${ETag}`.replaceAll('"', ''),
                modifiedAt: LastModified?.getTime() ?? 0,
              });
        return entries;
      }),
    async text(path, signal) {
      const body = await get(keyOf(path), signal);
      if (!body) return undefined;
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks).toString('utf8');
    },
    async fetch(reference, signal) {
      const folder = await mkdtemp(join(tmpdir(), 'burnrate-export-'));
      const release = () => rm(folder, { recursive: true, force: true });
      try {
        const path = join(folder, 'part');
        const body = await get(keyOf(reference), signal);
        if (!body) throw replaced(account.id, reference);
        await api.ask(api.attempt('s3:GetObject', at), signal, () =>
          pipeline(body, createWriteStream(path, { mode: 0o600 }), { signal }),
        );
        return { path, release };
      } catch (error) {
        await release();
        throw error;
      }
    },
    close: () => api.close(),
  };
}

/** An emulator, and a bucket with dots in its name, has no host name of its own. */
class PathStyle extends S3Client {
  constructor(config: ConstructorParameters<typeof S3Client>[0]) {
    super({ ...config, forcePathStyle: true, followRegionRedirects: true });
  }
}

/** A file that the manifest names is no longer there: AWS is delivering the next edition. */
export function replaced(account: string, reference: string): SourceError {
  return new SourceError('unreachable', {
    account,
    message: `the export was replaced while it was read: ${reference} is gone`,
    remedy:
      'Burnrate reads the new edition by itself. If it persists, look whether files are deleted there by a lifecycle rule.',
  });
}
