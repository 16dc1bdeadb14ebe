import { kindOf } from '../catalogue.ts';
import type { Instance, State } from '../instance.ts';
import { element, list } from './answer.ts';

const CODES: Record<State, number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export function stateXml(name: string, state: State): string {
  return `<${name}><code>${CODES[state]}</code><name>${state}</name></${name}>`;
}

/**
 * One reservation with its instance, in the words of DescribeInstances:
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html
 */
export function reservationXml(instance: Instance, state: State, account: string): string {
  const { machine, id, privateDnsName, privateIp, zone } = instance;
  const { cores } = kindOf(machine.type);
  const network = state !== 'terminated' && state !== 'shutting-down';
  const volume = `vol-0${id.slice(3)}`;
  const tags = {
    Name: machine.name,
    ...(machine.owner !== undefined && { Owner: machine.owner }),
    ...machine.tags,
  };
  const content = [
    element('instanceId', id),
    element('imageId', 'ami-0b3c832b6b7289e44'),
    stateXml('instanceState', state),
    element('privateDnsName', network ? privateDnsName : ''),
    '<dnsName/>',
    element('reason', reasonOf(instance)),
    element('keyName', 'ml'),
    element('amiLaunchIndex', 0),
    element('instanceType', machine.type),
    element('launchTime', new Date(instance.launchedAt).toISOString()),
    `<placement>${element('availabilityZone', zone)}<groupName/>${element('tenancy', 'default')}</placement>`,
    element('monitoring', undefined),
    ...(network ? [element('privateIpAddress', privateIp)] : []),
    element('architecture', 'x86_64'),
    element('rootDeviceType', 'ebs'),
    element('rootDeviceName', '/dev/sda1'),
    list(
      'blockDeviceMapping',
      state === 'terminated'
        ? []
        : [
            `<deviceName>/dev/sda1</deviceName><ebs>${element('volumeId', volume)}<status>attached</status>${element('attachTime', new Date(instance.launchedAt).toISOString())}<deleteOnTermination>true</deleteOnTermination></ebs>`,
          ],
    ),
    ...(instance.spotRequest
      ? [
          element('instanceLifecycle', 'spot'),
          element('spotInstanceRequestId', instance.spotRequest),
        ]
      : []),
    element('virtualizationType', 'hvm'),
    list(
      'tagSet',
      Object.entries(tags).map(([key, value]) => element('key', key) + element('value', value)),
    ),
    element('hypervisor', 'xen'),
    `<cpuOptions>${element('coreCount', cores)}${element('threadsPerCore', 2)}</cpuOptions>`,
    element('platformDetails', 'Linux/UNIX'),
    element('usageOperation', 'RunInstances'),
  ].join('');
  return `${element('reservationId', `r-0${id.slice(3)}`)}${element('ownerId', account)}<groupSet/>${list('instancesSet', [content])}`;
}

/** EC2 says when an instance ended in this sentence only. */
function reasonOf({ endedAt }: Instance): string {
  if (endedAt === undefined) return '';
  const [day, time] = new Date(endedAt).toISOString().slice(0, 19).split('T');
  return `User initiated (${day} ${time} GMT)`;
}
