import type { Instant } from '../model/time.ts';
import { FLOWS, type Flow, type Traffic } from '../model/traffic.ts';
import { hostOf, type Labels, type OnReading, type Wanted } from './gpu_series.ts';
import { WANTED as OTHERS } from './job_counters.ts';

/**
 * What node_exporter counts of a machine's network and disks, by device, since it was started.
 * https://github.com/prometheus/node_exporter (collectors netdev and diskstats)
 */
const COUNTERS: Readonly<Record<Flow, string>> = {
  sent: 'node_network_transmit_bytes_total',
  received: 'node_network_receive_bytes_total',
  read: 'node_disk_read_bytes_total',
  written: 'node_disk_written_bytes_total',
};

const FIRST = OTHERS.families.length;

/** The series of GPUs, of jobs' counters, and of machines' traffic, to be read in one pass. */
export const WANTED: Wanted = {
  families: [...OTHERS.families, ...FLOWS.map((flow) => COUNTERS[flow])],
  labels: OTHERS.labels,
};

const DEVICE = WANTED.labels.indexOf('device');

export function isTraffic(family: number): boolean {
  return family >= FIRST;
}

/**
 * Interfaces whose bytes are counted again at the card beneath them, or never leave the machine:
 * loopback, those of containers and virtual machines, bridges, tunnels, bonds and VLANs. And
 * InfiniBand, whose fabric ends at the cluster's edge.
 */
const INNER_INTERFACE =
  'lo|veth.*|docker.*|br-.*|br\\d+|virbr.*|cni.*|cali.*|flannel.*|cilium.*|lxc.*|lxd.*|kube.*|nodelocaldns|dummy.*|tun.*|tap.*|tailscale.*|wg.*|vxlan.*|geneve.*|genev_.*|ifb.*|ovs.*|vmnet.*|bond.*|team.*|ib\\d.*|.*\\.\\d+';
/** Disks that stand for others, and partitions: their bytes are counted at the whole disk. */
const INNER_DISK =
  'dm-\\d+|md\\d+|loop\\d+|ram\\d+|zram\\d+|sr\\d+|fd\\d+|[hsvx]v?d[a-z]+\\d+|(nvme\\d+n|mmcblk)\\d+p\\d+';

/**
 * Those of which a machine has very many, as a pattern of whole names for PromQL: they need not even
 * be asked for. What has no device passes.
 */
export const MANY_DEVICES = 'lo|veth.*|cali.*|lxc.*';

const INNER = new RegExp(`^(?:${INNER_INTERFACE}|${INNER_DISK})$`);

/** Whether a network interface or disk of this name moves bytes that no other one does. */
export function isOuterDevice(device: string): boolean {
  return device !== '' && !INNER.test(device);
}

/** Gathers what machines moved, by machine and device, as of one moment. */
export class NodeTraffic {
  readonly #byDevice = new Map<
    string,
    { labels: Labels; device: string; moved: Partial<Record<Flow, number>> }
  >();

  readonly take: OnReading = (family, labels, value) => {
    const flow = FLOWS[family - FIRST];
    const device = labels[DEVICE];
    if (!flow || !device || !(value >= 0) || !Number.isFinite(value)) return;
    if (!isOuterDevice(device)) return;
    const key = `${hostOf(labels) ?? ''} ${device}`;
    const known = this.#byDevice.get(key) ?? { labels, device, moved: {} };
    this.#byDevice.set(key, known);
    known.moved[flow] = value;
  };

  /** `host`: the machine's name where the series do not give one. */
  traffic(host: string, at: Instant): Traffic[] {
    return [...this.#byDevice.values()].flatMap(({ labels, device, moved }) => {
      const node = hostOf(labels) ?? host;
      return node === '' ? [] : { at, node, device, ...moved };
    });
  }
}
