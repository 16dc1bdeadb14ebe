import type { Instant } from '../../model/time.ts';
import type { Traffic } from '../../model/traffic.ts';
import { isOuterDevice } from '../node_traffic.ts';
import type { Surroundings } from '../source.ts';

/** Linux counts sectors of 512 bytes, whatever the disk's own are. */
const SECTOR = 512;

/**
 * What this machine's interfaces and disks have moved since it was started, by Linux. Nothing where
 * it is another system, or does not say.
 * https://docs.kernel.org/networking/statistics.html
 * https://docs.kernel.org/admin-guide/iostats.html
 */
export async function readTraffic(
  { readFile }: Pick<Surroundings, 'readFile'>,
  node: string,
  at: Instant,
): Promise<Traffic[]> {
  const text = async (path: string) => (await readFile(path).catch(() => undefined)) ?? '';
  const [network, disks] = await Promise.all([text('/proc/net/dev'), text('/proc/diskstats')]);
  return [...interfacesIn(network), ...disksIn(disks)]
    .filter(({ device }) => isOuterDevice(device))
    .map((counts) => ({ at, node, ...counts }));
}

type Counts = Pick<Traffic, 'device' | 'sent' | 'received' | 'read' | 'written'>;

/** `eth0: <8 figures of what was received> <8 of what was sent>`, the first of each are bytes. */
function interfacesIn(text: string): Counts[] {
  return text.split('\n').flatMap((line) => {
    const [, device, figures] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (device === undefined || figures === undefined) return [];
    const values = figures.trim().split(/\s+/).map(Number);
    const [received, sent] = [values[0], values[8]];
    return isCount(received) && isCount(sent) ? { device, received, sent } : [];
  });
}

/** `major minor name reads merged sectors ms writes merged sectors ...`. */
function disksIn(text: string): Counts[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [device, read, written] = [fields[2], Number(fields[5]), Number(fields[9])];
    if (device === undefined || !isCount(read) || !isCount(written)) return [];
    return { device, read: read * SECTOR, written: written * SECTOR };
  });
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && value >= 0 && Number.isFinite(value);
}
