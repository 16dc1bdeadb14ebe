import type { Clock, Time } from './clock.ts';
import type { Instance } from './instance.ts';
import { chance } from './noise.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const MB = 1e6;

/** What goes out and comes in all the time, in bytes a second: logs and metrics, and data. */
const STEADY = { sent: 0.4 * MB, received: 55 * MB, written: 0.2 * MB };
const UPLOAD_MS = 60 * SECOND;

/** What an instance has sent from its launch until an instant: steadily, and its checkpoints. */
export function sentUntil(instance: Instance, at: Time): number {
  return Math.round((STEADY.sent * ran(instance, at)) / SECOND + uploadedUntil(instance, at));
}

/** Its checkpoints alone. */
export function uploadedUntil(instance: Instance, at: Time): number {
  const { uploads } = instance.machine.workload ?? {};
  if (!uploads) return 0;
  const every = uploads.everyMinutes * MINUTE;
  const first = chance(instance.seed, 8) * every;
  const uploaded = (time: number) =>
    Math.floor(time / every) + Math.min(1, (time % every) / UPLOAD_MS);
  return uploads.gigabytes * 1e9 * (uploaded(first + ran(instance, at)) - uploaded(first));
}

function ran(instance: Instance, at: Time): number {
  return Math.max(0, Math.min(at, instance.endedAt ?? at) - instance.launchedAt);
}

/** The same of what it has received. */
export function receivedUntil(instance: Instance, at: Time): number {
  return Math.round((STEADY.received * ran(instance, at)) / SECOND);
}

/**
 * What node_exporter counts of an instance that uploads its checkpoints, as where one agent exposes
 * it beside its GPUs. Loopback is among it, as it always is.
 */
export function trafficOf(instance: Instance, clock: Clock): string {
  if (!instance.machine.workload?.uploads) return '';
  const now = clock.now();
  const seconds = Math.max(0, now - instance.launchedAt) / SECOND;
  const series = (name: string, device: string, value: number) =>
    `${name}{device="${device}",Hostname="${instance.privateDnsName}"} ${Math.round(value)}`;
  return [
    '# TYPE node_network_transmit_bytes_total counter',
    series('node_network_transmit_bytes_total', 'lo', seconds * 9 * MB),
    series('node_network_transmit_bytes_total', 'ens5', sentUntil(instance, now)),
    '# TYPE node_network_receive_bytes_total counter',
    series('node_network_receive_bytes_total', 'ens5', receivedUntil(instance, now)),
    '# TYPE node_disk_written_bytes_total counter',
    series('node_disk_written_bytes_total', 'nvme0n1', seconds * STEADY.written),
    '',
  ].join('\n');
}
