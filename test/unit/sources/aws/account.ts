import { failure, type Handlers, identity, json, type Reply, xml } from './server.ts';

/** One instance of the test's account, in the words of DescribeInstances. */
export interface TestInstance {
  id: string;
  state?: string;
  type?: string;
  zone?: string;
  launched?: string;
  reason?: string;
  lifecycle?: string;
  tags?: Record<string, string>;
  rootDevice?: 'ebs' | 'instance-store';
  /** Any further elements, as XML. */
  extra?: string;
}

const CODES: Record<string, number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export function instanceXml(instance: TestInstance): string {
  const { id, state = 'running', type = 'p4d.24xlarge', zone = 'us-east-1a' } = instance;
  const tags = Object.entries(instance.tags ?? {}).map(
    ([key, value]) => `<item><key>${key}</key><value>${value}</value></item>`,
  );
  return `<item><reservationId>r-${id}</reservationId><ownerId>123456789012</ownerId><instancesSet><item>
    <instanceId>${id}</instanceId><imageId>ami-1</imageId>
    <instanceState><code>${CODES[state] ?? 16}</code><name>${state}</name></instanceState>
    <privateDnsName>IP-10-0-0-7.ec2.internal</privateDnsName><dnsName/>
    ${instance.reason ? `<reason>${instance.reason}</reason>` : '<reason/>'}
    <instanceType>${type}</instanceType><launchTime>${instance.launched ?? '2026-01-02T03:04:05.000Z'}</launchTime>
    <placement><availabilityZone>${zone}</availabilityZone><tenancy>default</tenancy></placement>
    <privateIpAddress>10.0.0.7</privateIpAddress>
    <rootDeviceType>${instance.rootDevice ?? 'ebs'}</rootDeviceType>
    ${instance.lifecycle ? `<instanceLifecycle>${instance.lifecycle}</instanceLifecycle>` : ''}
    <cpuOptions><coreCount>48</coreCount><threadsPerCore>2</threadsPerCore></cpuOptions>
    <usageOperation>RunInstances</usageOperation>
    ${tags.length > 0 ? `<tagSet>${tags.join('')}</tagSet>` : ''}${instance.extra ?? ''}
  </item></instancesSet></item>`;
}

/** An account that answers as AWS does: one region, these instances, a price for p4d.24xlarge. */
export function accountOf(instances: TestInstance[], region = 'us-east-1'): Handlers {
  const list = (there: string): Reply =>
    xml(
      'DescribeInstances',
      there === region
        ? `<reservationSet>${instances.map(instanceXml).join('')}</reservationSet>`
        : '<reservationSet/>',
    );
  const end =
    (state: string): ((ask: { parameters: unknown }) => Reply) =>
    ({ parameters }) => {
      const query = parameters as URLSearchParams;
      if (query.get('DryRun') === 'true') return dryRun();
      for (const [key, id] of query)
        for (const instance of instances)
          if (key.startsWith('InstanceId.') && instance.id === id) {
            instance.state = state;
            instance.reason = 'User initiated (2026-01-02 05:00:00 GMT)';
          }
      return xml('Stop', '<instancesSet/>');
    };
  return {
    GetCallerIdentity: () => identity('arn:aws:iam::123456789012:user/ada'),
    DescribeRegions: ({ parameters }) =>
      dry(parameters) ??
      xml(
        'DescribeRegions',
        `<regionInfo><item><regionName>${region}</regionName></item></regionInfo>`,
      ),
    DescribeInstances: (ask) => dry(ask.parameters) ?? list(ask.region),
    DescribeInstanceTypes: ({ parameters }) => dry(parameters) ?? types(),
    DescribeSpotPriceHistory: ({ parameters }) =>
      dry(parameters) ??
      xml(
        'DescribeSpotPriceHistory',
        `<spotPriceHistorySet>${['a', 'b']
          .map(
            (zone, index) =>
              `<item><instanceType>p4d.24xlarge</instanceType><productDescription>Linux/UNIX</productDescription><spotPrice>${11 + index}.570100</spotPrice><timestamp>2026-01-02T00:00:00.000Z</timestamp><availabilityZone>${region}${zone}</availabilityZone></item>`,
          )
          .join('')}</spotPriceHistorySet>`,
      ),
    DescribeSpotInstanceRequests: () =>
      xml('DescribeSpotInstanceRequests', '<spotInstanceRequestSet/>'),
    DescribeVolumes: ({ parameters }) => dry(parameters) ?? xml('DescribeVolumes', '<volumeSet/>'),
    DescribeAddresses: ({ parameters }) =>
      dry(parameters) ?? xml('DescribeAddresses', '<addressesSet/>'),
    StopInstances: end('stopped'),
    TerminateInstances: end('terminated'),
    ListTrainingJobs: () => json({ TrainingJobSummaries: [] }),
    DescribeJobQueues: () => json({ jobQueues: [] }),
    ListMetrics: () => json({ Metrics: [] }),
    GetProducts: () => json({ FormatVersion: 'aws_v1', PriceList: [product('32.7726000000')] }),
  };
}

/** An entry of the Price List, cut down to what it is read for. */
export function product(dollars: string): string {
  return JSON.stringify({
    product: { productFamily: 'Compute Instance', attributes: { instanceType: 'p4d.24xlarge' } },
    serviceCode: 'AmazonEC2',
    terms: {
      OnDemand: {
        'H7NGEAC6UEHNTKSJ.JRTCKXETXF': {
          priceDimensions: {
            'H7NGEAC6UEHNTKSJ.JRTCKXETXF.6YS6EN2CT7': {
              unit: 'Hrs',
              description: `$${dollars} per On Demand Linux p4d.24xlarge Instance Hour`,
              pricePerUnit: { USD: dollars },
            },
          },
          sku: 'H7NGEAC6UEHNTKSJ',
        },
      },
    },
  });
}

function types(): Reply {
  return xml(
    'DescribeInstanceTypes',
    `<instanceTypeSet>
      <item><instanceType>p4d.24xlarge</instanceType><gpuInfo><gpus><item><count>8</count><manufacturer>NVIDIA</manufacturer><name>A100</name></item></gpus></gpuInfo><instanceStorageInfo><totalSizeInGB>8000</totalSizeInGB></instanceStorageInfo></item>
      <item><instanceType>trn1.32xlarge</instanceType><neuronInfo><neuronDevices><item><count>16</count><name>Trainium</name></item></neuronDevices></neuronInfo></item>
      <item><instanceType>m5.large</instanceType></item>
    </instanceTypeSet>`,
  );
}

function dry(parameters: unknown): Reply | undefined {
  const asked = parameters instanceof URLSearchParams && parameters.get('DryRun') === 'true';
  return asked ? dryRun() : undefined;
}

function dryRun(): Reply {
  return failure(412, 'DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
}
