import { expect, test } from 'vitest';
import { lab } from './lab.ts';
import { node, pod } from './objects.ts';

/** As EKS has them: a node a pod, which says that it has more than is charged for. */
function fargate(region: string) {
  const name = 'fargate-ip-10-0-1-7.ec2.internal';
  return [
    node(name, {
      capacity: { 'nvidia.com/gpu': '0', cpu: '2', memory: '7928Mi' },
      labels: {
        'eks.amazonaws.com/compute-type': 'fargate',
        'topology.kubernetes.io/region': region,
        'topology.kubernetes.io/zone': `${region}a`,
      },
      providerID: `aws:///${region}a/0c0ffee/fargate-ip-10-0-1-7.ec2.internal`,
    }),
    pod('tokenise', {
      on: name,
      limits: { cpu: '1500m' },
      annotations: { CapacityProvisioned: '2vCPU 4GB' },
    }),
  ];
}
const rateOf = async (region: string, settings: object = {}) => {
  await using place = await lab(fargate(region), { settings: { allPods: true, ...settings } });
  const [only] = await place.nodes();
  return only?.rate;
};

test('a pod on Fargate costs what Fargate gives it', async () => {
  // 2 vCPU at $0.04048 and 4 GB at $0.004445.
  expect(await rateOf('us-east-1')).toMatchObject({
    microsPerHour: 98_740,
    provenance: 'list',
    basis: 'AWS Fargate in us-east-1, 2 vCPU and 4 GB',
  });
});

test('where the price of its region is not known it has none, but for one of the user’s own', async () => {
  expect(await rateOf('eu-south-2')).toBeUndefined();
  const prices = { '*': { CPU: 0.05, RAM: 0.005 } };
  expect(await rateOf('eu-south-2', { prices })).toMatchObject({
    microsPerHour: 120_000,
    basis: 'your burnrate.yaml',
  });
});
