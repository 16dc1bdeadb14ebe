import {
  type DescribeInstancesCommandInput,
  type Instance,
  paginateDescribeInstances,
} from '@aws-sdk/client-ec2';
import type { Api } from './api.ts';
import { malformed } from './errors.ts';

/** What DescribeInstances is asked for at once; it allows up to 1000, and counts large pages dear. */
const PAGE_SIZE = 500;

/**
 * Every instance of a region, also those that ended within about an hour. Rejects with a
 * SourceError where any page could not be read: half a list would look like ended instances.
 */
export function readInstances(
  api: Api,
  region: string,
  signal: AbortSignal,
  query: DescribeInstancesCommandInput = {},
  pageSize = PAGE_SIZE,
): Promise<Instance[]> {
  const attempt = api.attempt('ec2:DescribeInstances', region);
  return api.ask(attempt, signal, async () => {
    const instances: Instance[] = [];
    const config = { client: api.ec2(region), ...(!query.InstanceIds && { pageSize }) };
    for await (const page of paginateDescribeInstances(config, query, { abortSignal: signal })) {
      // An answer without the set is not AWS's: an HTML page parses as XML, too.
      if (!page.Reservations) throw malformed(attempt, 'the answer is not a list of instances');
      instances.push(...page.Reservations.flatMap(({ Instances }) => Instances ?? []));
    }
    return instances;
  });
}
