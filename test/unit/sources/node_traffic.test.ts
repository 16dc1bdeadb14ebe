import { ExpositionReader } from '@burnrate/shared/sources/exposition/reader.ts';
import { readTraffic } from '@burnrate/shared/sources/local/traffic.ts';
import { isOuterDevice, NodeTraffic, WANTED } from '@burnrate/shared/sources/node_traffic.ts';
import { expect, test } from 'vitest';
import { bareMachine } from './bare.ts';

test('interfaces and disks that stand for others are none', () => {
  for (const inner of [
    ...['lo', 'veth3f2a', 'docker0', 'br-9c1', 'virbr0', 'cni0', 'cali12ab', 'flannel.1', 'tun0'],
    ...['cilium_host', 'bond0', 'eth0.100', 'ib0', 'tailscale0', 'wg0', ''],
    ...['dm-0', 'md127', 'loop3', 'sda1', 'xvda1', 'nvme0n1p2', 'mmcblk0p1', 'zram0'],
  ])
    expect([inner, isOuterDevice(inner)]).toEqual([inner, false]);
  for (const outer of [
    ...['eth0', 'ens5', 'enp1s0f0', 'eno1', 'en0', 'wlan0', 'bridge-less0'],
    ...['sda', 'xvdf', 'nvme0n1', 'vda', 'mmcblk0'],
  ])
    expect([outer, isOuterDevice(outer)]).toEqual([outer, true]);
});

function read(text: string, host: string) {
  const traffic = new NodeTraffic();
  const reader = new ExpositionReader(WANTED, traffic.take);
  reader.push(Buffer.from(text));
  reader.end();
  return traffic.traffic(host, 9);
}

test('node_exporter’s counters are gathered by device, under the machine’s name', () => {
  const text = `# HELP node_network_transmit_bytes_total Network device statistic transmit_bytes.
# TYPE node_network_transmit_bytes_total counter
node_network_transmit_bytes_total{device="lo"} 1e+09
node_network_transmit_bytes_total{device="eth0"} 7.00000000001e+11
node_network_receive_bytes_total{device="eth0"} 12
node_disk_written_bytes_total{device="nvme0n1"} 5
node_disk_read_bytes_total{device="nvme0n1"} NaN
`;
  expect(read(text, 'gpu-1')).toEqual([
    { at: 9, node: 'gpu-1', device: 'eth0', sent: 700_000_000_001, received: 12 },
    { at: 9, node: 'gpu-1', device: 'nvme0n1', written: 5 },
  ]);
  // A Prometheus knows the machine by its address.
  const labelled = text.replaceAll('{device', '{instance="10.0.0.7:9100",device');
  expect(read(labelled, '')[0]).toMatchObject({ node: '10.0.0.7' });
  expect(read(text, '')).toEqual([]);
});

const NET = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 9000000    8000    0    0    0     0          0         0  9000000    8000    0    0    0     0       0          0
  eth0:1234567890 1000    0    0    0     0          0         0 987654321     900    0    0    0     0       0          0
`;
const DISKS = ` 259       0 nvme0n1 100 0 2000 50 300 0 4000 60 0 70 110
 259       1 nvme0n1p1 100 0 2000 50 300 0 4000 60 0 70 110
   7       0 loop0 1 0 2 0 0 0 0 0 0 0 0
`;

test('Linux tells of this machine: bytes of interfaces, sectors of whole disks', async () => {
  const files: Record<string, string> = { '/proc/net/dev': NET, '/proc/diskstats': DISKS };
  const machine = bareMachine({ readFile: async (path) => files[path] });
  expect(await readTraffic(machine, 'local:here', 9)).toEqual([
    { at: 9, node: 'local:here', device: 'eth0', sent: 987_654_321, received: 1_234_567_890 },
    { at: 9, node: 'local:here', device: 'nvme0n1', read: 1_024_000, written: 2_048_000 },
  ]);
});

test('a machine that does not say has no traffic, and no failure', async () => {
  const silent = bareMachine({ readFile: async () => undefined });
  expect(await readTraffic(silent, 'local:here', 9)).toEqual([]);
  const denied = bareMachine({ readFile: () => Promise.reject(new Error('EACCES')) });
  expect(await readTraffic(denied, 'local:here', 9)).toEqual([]);
});
