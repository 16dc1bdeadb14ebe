import zlib from 'node:zlib';
import type { AsyncBuffer, RowGroup } from 'hyparquet';

/**
 * Looks through the pages of one column of a row group before they are decoded: that each lies within
 * the column, is no larger than `largest` bytes, has the checksum that its writer gave it (a CRC-32 of
 * the page as it is stored, without its header), and that together they hold as many values as the
 * table of contents says (github.com/apache/parquet-format, src/main/thrift/parquet.thrift). Throws
 * an Error that names the page.
 */
export async function checkChunks(
  file: AsyncBuffer,
  { columns }: RowGroup,
  name: string,
  largest: number,
): Promise<void> {
  const { parquetHeader } = await import('hyparquet/src/column.js');
  for (const { meta_data: meta, file_path: elsewhere } of columns) {
    if (meta?.path_in_schema[0] !== name) continue;
    if (elsewhere) throw new Error('its data are in another file');
    const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
    const bytes = await file.slice(start, start + Number(meta.total_compressed_size));
    const reader = { view: new DataView(bytes), offset: 0 };
    let values = 0;
    let page = 0;
    // What is left of a single byte is padding.
    while (reader.offset < bytes.byteLength - 1) {
      page += 1;
      const fault = (what: string) => new Error(`page ${page} ${what}`);
      const header = parquetHeader(reader);
      const { compressed_page_size: stored, uncompressed_page_size: size, crc } = header;
      if (!(stored >= 0 && reader.offset + stored <= bytes.byteLength)) {
        throw fault('does not end within its column');
      }
      if (!(size >= 0 && size <= largest)) throw fault(`claims ${size} bytes, which no bill needs`);
      if (crc !== undefined && isDamaged(new Uint8Array(bytes, reader.offset, stored), crc)) {
        throw fault('is damaged: its checksum does not fit');
      }
      const { data_page_header: v1, data_page_header_v2: v2 } = header;
      const count = v1?.num_values ?? v2?.num_values ?? 0;
      if (!(count >= 0)) throw fault(`claims ${count} values`);
      // Each entry of a dictionary is there in full, and takes a bit at least.
      const entries = header.dictionary_page_header?.num_values ?? 0;
      if (!(entries >= 0 && entries <= size * 8)) throw fault(`claims ${entries} entries`);
      values += count;
      if (values > Number(meta.num_values)) throw fault('has more values than its column');
      reader.offset += stored;
    }
    if (values !== Number(meta.num_values)) {
      throw new Error(`its pages have ${values} values, not ${meta.num_values}`);
    }
  }
}

function isDamaged(bytes: Uint8Array, crc: number): boolean {
  // Newer than the oldest Node that may run this.
  return zlib.crc32 !== undefined && zlib.crc32(bytes) !== crc >>> 0;
}
