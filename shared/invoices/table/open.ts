import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { PassThrough, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { csvTable } from './csv.ts';
import { ParquetApart } from './parquet_apart.ts';
import { type Table, TableError } from './table.ts';

/** Small enough for what is read to be young garbage. */
const AT_ONCE = 1 << 16;

/**
 * Reads a table from a file: Parquet, CSV, or CSV in gzip, told by its first bytes and not by its
 * name. The file is closed when the work is done. Rejects with a TableError where it is none.
 */
export async function withTable<T>(path: string, work: (table: Table) => Promise<T>): Promise<T> {
  const file = await open(path);
  try {
    const head = await firstBytes(file);
    if (head.toString('latin1') === 'PAR1') return await withParquet(path, work);
    const zipped = head[0] === 0x1f && head[1] === 0x8b;
    return await withText(path, zipped, async (text) => work(await csvTable(text)));
  } finally {
    await file.close();
  }
}

async function withParquet<T>(path: string, work: (table: Table) => Promise<T>): Promise<T> {
  const decoder = new ParquetApart();
  try {
    return await work(await decoder.table(path));
  } finally {
    decoder.close();
  }
}

async function firstBytes(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
  return buffer.subarray(0, bytesRead);
}

async function withText<T>(
  path: string,
  zipped: boolean,
  work: (text: AsyncIterable<string>) => Promise<T>,
): Promise<T> {
  const file = createReadStream(path, { highWaterMark: AT_ONCE });
  const bytes = zipped ? createGunzip({ chunkSize: AT_ONCE }) : new PassThrough();
  pipeline(file, bytes, () => {
    // A failure is thrown to whoever reads the last of the streams.
  });
  try {
    return await work(textOf(bytes));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    throw new TableError(`The gzip file is damaged: ${message}.`);
  } finally {
    file.destroy();
    bytes.destroy();
  }
}

async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const piece of bytes) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new TableError('The file is neither Parquet nor CSV in UTF-8.');
  }
}
