import type { FileHandle } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { AsyncBuffer, Compressors, FileMetaData } from 'hyparquet';
import { checkChunks } from './parquet_pages.ts';
import { type Cell, type Rows, type Table, TableError } from './table.ts';

/** Pages are a megabyte or so; one that claims more is damaged, or meant to fill the memory. */
const LARGEST_PAGE = 256 << 20;
/** What is handed over at once is taken in by somebody who has other things to do, too. */
const ROWS_AT_ONCE = 2_000;

/**
 * A Parquet file's top-level columns. Decimals come as text, exactly; times as milliseconds; maps
 * and lists as objects. One row group is in memory at a time. `tell` hears what is decoded next:
 * a damaged file may keep the library busy for ever, so this is no work for a thread that anybody
 * waits for (see parquet_apart.ts).
 */
export async function parquetTable(
  file: FileHandle,
  tell: (place: string) => void = () => {},
): Promise<Table> {
  // Loaded here: few need it, and the collector counts its memory.
  const { parquetMetadataAsync, parquetRead, snappyUncompress } = await import('hyparquet');
  const { size } = await file.stat();
  const buffer: AsyncBuffer = {
    byteLength: size,
    slice: (from, to) => slice(file, size, from, to),
  };
  tell('its table of contents');
  const metadata = await understood(undefined, () => parquetMetadataAsync(buffer));
  const scales = takeDecimals(metadata);
  const names = topLevel(metadata);
  const compressors = decompressors(snappyUncompress);
  async function* read(columns: readonly number[]): AsyncGenerator<Rows> {
    const wanted = columns.map((index) => names[index] ?? '');
    let start = 0;
    for (const [index, group] of metadata.row_groups.entries()) {
      const rows = Number(group.num_rows);
      const end = start + rows;
      const whole: ArrayLike<Cell>[] = [];
      for (const name of wanted) {
        const place = `row group ${index + 1} of ${metadata.row_groups.length} (rows ${start + 1} to ${end}), column ${name}`;
        tell(place);
        const parts: ArrayLike<Cell>[] = [];
        await understood(place, async () => {
          await checkChunks(buffer, group, name, LARGEST_PAGE);
          await parquetRead({
            file: buffer,
            metadata,
            columns: [name],
            rowStart: start,
            rowEnd: end,
            compressors,
            parsers: TIMES,
            onPage: ({ rowEnd }) => tell(`${place}, after row ${rowEnd}`),
            onChunk: ({ columnData }) => parts.push(columnData),
          });
          const found = parts.reduce((sum, part) => sum + part.length, 0);
          if (found !== rows) throw new Error(`it has ${found} values for ${rows} rows`);
        });
        whole.push(joined(parts, scales.get(name)));
      }
      for (let at = start; at < end; at += ROWS_AT_ONCE) {
        const count = Math.min(ROWS_AT_ONCE, end - at);
        const from = at - start;
        const piece = whole.map((column) => Array.prototype.slice.call(column, from, from + count));
        yield { first: at + 1, count, columns: piece };
      }
      start = end;
    }
  }
  return { names, read };
}

async function slice(
  file: FileHandle,
  size: number,
  from: number,
  to = size,
): Promise<ArrayBuffer> {
  // Before anything is allocated: a damaged place may name terabytes.
  if (!(from >= 0 && to <= size)) throw new TableError('The Parquet file ends before it should.');
  const bytes = new Uint8Array(Math.max(0, to - from));
  let filled = 0;
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, from + filled);
    if (bytesRead === 0) throw new TableError('The Parquet file ends before it should.');
    filled += bytesRead;
  }
  return bytes.buffer;
}

/** Whatever a damaged file makes the library stumble over is told as the file's fault, at its place. */
async function understood<T>(place: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TableError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code && /^E[A-Z]+$/.test(code)) throw error;
    const where = place === undefined ? '' : `, ${place}`;
    throw new TableError(`The Parquet file cannot be read${where}: ${message}`);
  }
}

const millis = (value: bigint | number, per: number) => Number(value) / per;
const TIMES = {
  timestampFromMilliseconds: (value: bigint) => millis(value, 1),
  timestampFromMicroseconds: (value: bigint) => millis(value, 1000),
  timestampFromNanoseconds: (value: bigint) => millis(value, 1_000_000),
  dateFromDays: (days: number) => days * 86_400_000,
};

/**
 * Keeps the library from turning decimals into binary fractions: takes their mark off the schema.
 * Answers the scale of each such column. Those kept as text of any length stay with the library.
 */
function takeDecimals({ schema }: FileMetaData): ReadonlyMap<string, number> {
  const scales = new Map<string, number>();
  for (const element of schema) {
    if (element.converted_type !== 'DECIMAL' || element.type === 'BYTE_ARRAY') continue;
    scales.set(element.name, element.scale ?? 0);
    delete element.converted_type;
    delete element.logical_type;
  }
  return scales;
}

function topLevel({ schema }: FileMetaData): string[] {
  const names: string[] = [];
  let at = 1;
  const skip = () => {
    const element = schema[at];
    at += 1;
    for (let child = 0; child < (element?.num_children ?? 0); child += 1) skip();
  };
  while (at < schema.length) {
    names.push(schema[at]?.name ?? '');
    skip();
  }
  return names;
}

/** The pieces as one column, decimals as text. */
function joined(parts: readonly ArrayLike<Cell>[], scale: number | undefined): ArrayLike<Cell> {
  const [only] = parts;
  if (scale === undefined && parts.length === 1 && only) return only;
  const all: Cell[] = [];
  for (const part of parts) {
    for (let index = 0; index < part.length; index += 1) {
      const cell = part[index];
      all.push(scale === undefined ? cell : decimalText(cell, scale));
    }
  }
  return all;
}

function decimalText(cell: Cell, scale: number): Cell {
  let unscaled: bigint;
  if (typeof cell === 'bigint') unscaled = cell;
  else if (typeof cell === 'number') unscaled = BigInt(cell);
  else if (cell instanceof Uint8Array) {
    const hex = Buffer.from(cell).toString('hex');
    unscaled = BigInt.asIntN(cell.length * 8, BigInt(`0x${hex || '0'}`));
  } else return cell;
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  const point = digits.length - scale;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function decompressors(snappy: (input: Uint8Array, output: Uint8Array) => void): Compressors {
  const within = (unpack: (input: Uint8Array, length: number) => Uint8Array) => {
    return (input: Uint8Array, length: number) => {
      if (length <= LARGEST_PAGE) return unpack(input, length);
      throw new TableError(`a page of ${length} bytes, which no bill needs`);
    };
  };
  return {
    SNAPPY: within((input, length) => {
      const output = new Uint8Array(length);
      snappy(input, output);
      return output;
    }),
    GZIP: within((input, length) => gunzipSync(input, { maxOutputLength: length + 1 })),
    ZSTD: within((input, length) => zstdDecompressSync(input, { maxOutputLength: length + 1 })),
    BROTLI: within((input, length) => brotliDecompressSync(input, { maxOutputLength: length + 1 })),
  };
}
