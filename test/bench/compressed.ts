import { gunzipSync } from 'node:zlib';
import { preferFastCode } from '@burnrate/shared/sources/code_size.ts';
import { KeptConnection } from '@burnrate/shared/sources/dcgm/wire/kept_connection.ts';
import { Unzipped } from '@burnrate/shared/sources/dcgm/wire/unzipped.ts';
import { ExpositionReader } from '@burnrate/shared/sources/exposition/reader.ts';
import { WANTED } from '@burnrate/shared/sources/gpu_series.ts';

/**
 * A program: reads the exporters that its argument lists as JSON with the product's own parts,
 * plain and in gzip, round by round in turns. Prints as JSON what one reading takes in each way.
 */
export interface Taken {
  /** Of this process, all its threads, in milliseconds. */
  cpuMs: number;
  /** Of the body, as it came over the wire. */
  bytes: number;
}

/** `atOnce`: gathered, and unpacked in one call, as it could be done where answers are small. */
export type Way = 'plain' | 'gzip' | 'atOnce';
const WAYS: readonly Way[] = ['plain', 'gzip', 'atOnce'];
const ROUNDS = 8;
/** In these the connections are made and the code becomes fast. */
const WARM_UP = 3;
const AT_ONCE = 32;
const TIMEOUT_MS = 30_000;

const addresses = JSON.parse(process.argv[2] ?? '[]') as string[];
preferFastCode();

function exporters(headers: Record<string, string>) {
  return addresses.map((address) => ({
    connection: new KeptConnection(`http://${address}/metrics`, headers),
    reader: new ExpositionReader(WANTED, () => undefined),
  }));
}

/** Reads one exporter; the bytes of the body that came. */
async function read(
  { connection, reader }: ReturnType<typeof exporters>[number],
  way: Way,
): Promise<number> {
  reader.restart();
  let bytes = 0;
  const pieces: Buffer[] = [];
  const unzipped = way === 'gzip' ? new Unzipped((plain) => reader.push(plain)) : undefined;
  const onBody = (piece: Buffer) => {
    bytes += piece.length;
    if (unzipped) unzipped.push(piece);
    else if (way === 'atOnce') pieces.push(Buffer.from(piece));
    else reader.push(piece);
  };
  const onHead = ({ headers }: { headers: Readonly<Record<string, string>> }) => {
    if ((headers['content-encoding'] === 'gzip') !== (way !== 'plain'))
      throw new Error(`${way} was asked for, ${headers['content-encoding'] ?? 'plain'} came`);
  };
  await connection.get({ onHead, onBody }, { timeoutMs: TIMEOUT_MS });
  await unzipped?.end();
  if (way === 'atOnce') reader.push(gunzipSync(Buffer.concat(pieces)));
  if (reader.end().readings === 0) throw new Error('nothing was read');
  return bytes;
}

const taken = Object.fromEntries(WAYS.map((way) => [way, { cpuMs: 0, bytes: 0 }])) as Record<
  Way,
  Taken
>;
const plain = exporters({});
const zipped = exporters({ 'accept-encoding': 'gzip' });
for (let round = -WARM_UP; round < ROUNDS; round += 1) {
  for (const way of WAYS) {
    const before = process.cpuUsage();
    const left = (way === 'plain' ? plain : zipped).values();
    let bytes = 0;
    const readOn = async () => {
      for (const exporter of left) {
        const size = await read(exporter, way);
        bytes += size;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, readOn));
    const { user, system } = process.cpuUsage(before);
    if (round < 0) continue;
    taken[way].cpuMs += (user + system) / 1000 / addresses.length / ROUNDS;
    taken[way].bytes += bytes / addresses.length / ROUNDS;
  }
}
for (const { connection } of [...plain, ...zipped]) connection.close();
process.stdout.write(`${JSON.stringify(taken)}\n`);
