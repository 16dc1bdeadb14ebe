import { isUtf8 } from 'node:buffer';
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
    return await withText(path, zipped, async (bytes) => work(await csvTable(bytes)));
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
  work: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const file = createReadStream(path, { highWaterMark: AT_ONCE });
  const bytes = zipped ? createGunzip({ chunkSize: AT_ONCE }) : new PassThrough();
  pipeline(file, bytes, () => {
    // A failure is thrown to whoever reads the last of the streams.
  });
  try {
    return await work(checked(bytes));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    throw new TableError(`The gzip file is damaged: ${message}.`);
  } finally {
    file.destroy();
    bytes.destroy();
  }
}

/** The bytes of a text in UTF-8, in pieces of whole characters, without a byte order mark. */
async function* checked(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let begun = false;
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    const whole = bytes.subarray(0, wholeCharacters(bytes));
    if (!isUtf8(whole)) throw notText();
    rest = bytes.subarray(whole.length);
    if (whole.length === 0) continue;
    yield begun || whole.indexOf(BYTE_ORDER_MARK) !== 0 ? whole : whole.subarray(3);
    begun = true;
  }
  if (rest.length > 0) throw notText();
}

const BYTE_ORDER_MARK = '\uFEFF';

/** How long the text is without a last character that is cut. */
function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes.at(-back) ?? 0;
    if (byte < 0x80) break;
    // The first byte of a character says how many it has.
    if (byte >= 0xc0) {
      const isCut = back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2);
      return isCut ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

function notText(): TableError {
  return new TableError('The file is neither Parquet nor CSV in UTF-8.');
}
