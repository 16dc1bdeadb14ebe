import {
  CostExplorerClient,
  type Expression,
  GetCostAndUsageCommand,
  GetCostAndUsageWithResourcesCommand,
  type GroupDefinition,
  type ResultByTime,
} from '@aws-sdk/client-cost-explorer';
import type { Interval } from '../../../model/time.ts';
import type { Api } from '../../../sources/aws/api.ts';
import { malformed } from '../../../sources/aws/errors.ts';
import { SourceError } from '../../../sources/source.ts';
import type { ReadRequest } from '../../reader.ts';

export type Granularity = 'HOURLY' | 'DAILY';

const METRICS = [
  'UnblendedCost',
  'NetUnblendedCost',
  'AmortizedCost',
  'NetAmortizedCost',
  'UsageQuantity',
];

/** The types of charge that are use of something, of which there is a quantity. */
export const USE = ['Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage', 'SavingsPlanNegation'];

/** The only service of which Cost Explorer tells hours by the resource. */
const COMPUTE = 'Amazon Elastic Compute Cloud - Compute';

const by = (Key: string): GroupDefinition => ({ Type: 'DIMENSION', Key });
const among = (
  Key: 'LINKED_ACCOUNT' | 'RECORD_TYPE' | 'SERVICE' | 'USAGE_TYPE',
  Values: string[],
): Expression => ({ Dimensions: { Key, Values } });

/** Questions to Cost Explorer about one AWS account. Each page is paid for. */
export class Queries {
  readonly #api: Api;
  readonly #number: string;

  constructor(api: Api, accountNumber: string) {
    this.#api = api;
    this.#number = accountNumber;
  }

  /** Every charge of each day, by its type and the type of use. */
  byType(span: Interval, request: ReadRequest): Promise<ResultByTime[]> {
    const groups = [by('RECORD_TYPE'), by('USAGE_TYPE')];
    return this.#daily(span, among('LINKED_ACCOUNT', [this.#number]), groups, request);
  }

  /** The use of each day by a tag and its type, and what is no use by its type of charge. */
  async byTag(tag: string, span: Interval, request: ReadRequest) {
    const own = among('LINKED_ACCOUNT', [this.#number]);
    const used = among('RECORD_TYPE', USE);
    const tagged = await this.#daily(
      span,
      { And: [own, used] },
      [{ Type: 'TAG', Key: tag }, by('USAGE_TYPE')],
      request,
    );
    const rest = await this.#daily(
      span,
      { And: [own, { Not: used }] },
      [by('RECORD_TYPE'), by('USAGE_TYPE')],
      request,
    );
    return { tagged, rest };
  }

  /** Charges of these types for instances of EC2, one by one. */
  byInstance(
    span: Interval,
    granularity: Granularity,
    types: { records: string[]; usage: string[] },
    request: ReadRequest,
  ): Promise<ResultByTime[]> {
    const time = granularity === 'HOURLY' ? instantText : dayText;
    const client = this.#client();
    return this.#pages(
      'ce:GetCostAndUsageWithResources',
      (NextPageToken) =>
        client.send(
          new GetCostAndUsageWithResourcesCommand({
            TimePeriod: { Start: time(span.from), End: time(span.to) },
            Granularity: granularity,
            Metrics: METRICS,
            GroupBy: [by('RESOURCE_ID'), by('USAGE_TYPE')],
            Filter: {
              And: [
                among('LINKED_ACCOUNT', [this.#number]),
                among('SERVICE', [COMPUTE]),
                among('RECORD_TYPE', types.records),
                among('USAGE_TYPE', types.usage),
              ],
            },
            ...(NextPageToken && { NextPageToken }),
          }),
          { abortSignal: request.signal },
        ),
      request,
    );
  }

  #daily(
    span: Interval,
    filter: Expression,
    groups: GroupDefinition[],
    request: ReadRequest,
  ): Promise<ResultByTime[]> {
    const client = this.#client();
    return this.#pages(
      'ce:GetCostAndUsage',
      (NextPageToken) =>
        client.send(
          new GetCostAndUsageCommand({
            TimePeriod: { Start: dayText(span.from), End: dayText(span.to) },
            Granularity: 'DAILY',
            Metrics: METRICS,
            GroupBy: groups,
            Filter: filter,
            ...(NextPageToken && { NextPageToken }),
          }),
          { abortSignal: request.signal },
        ),
      request,
    );
  }

  async #pages(
    action: string,
    ask: (token: string | undefined) => Promise<{
      ResultsByTime?: ResultByTime[] | undefined;
      NextPageToken?: string | undefined;
    }>,
    { spend, signal }: ReadRequest,
  ): Promise<ResultByTime[]> {
    const attempt = this.#api.attempt(action);
    const results: ResultByTime[] = [];
    let token: string | undefined;
    do {
      spend();
      const page = await this.#api.ask(attempt, signal, () => ask(token));
      if (!page.ResultsByTime) throw malformed(attempt, 'the answer has no results by time');
      results.push(...page.ResultsByTime);
      if (page.NextPageToken !== undefined && page.NextPageToken === token)
        throw malformed(attempt, 'the same page is given again and again');
      token = page.NextPageToken;
    } while (token);
    return results;
  }

  /** It is served from one region. */
  #client(): CostExplorerClient {
    const china = this.#api.homeRegion.startsWith('cn-');
    const region = china ? 'cn-northwest-1' : 'us-east-1';
    return this.#api.client('COST_EXPLORER', region, CostExplorerClient);
  }
}

/** Whether it is refused since it is not switched on, or may not be asked: then days must do. */
export function isSwitchedOff(error: unknown): boolean {
  if (!(error instanceof SourceError)) return false;
  return (
    /DataUnavailable|ValidationException|not enabled|opt.?in/i.test(error.message) ||
    (error.kind === 'denied' && error.message.includes('WithResources'))
  );
}

export function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function instantText(at: number): string {
  return `${dayText(at)}T00:00:00Z`;
}
