import { IDLE } from '../model/charge.ts';
import type { PriceKey } from '../model/rate.ts';
import { HOUR, type Instant, SECOND, startOfMonth } from '../model/time.ts';
import type { Cost, CostNode } from '../protocol/report.ts';
import { type Cell, csvRecord, Decimal, dollars } from './csv.ts';
import type { Page } from './pages.ts';
import { ownerOf } from './sums.ts';

interface Subject {
  cost: Cost;
  node: CostNode;
  jobName: string | undefined;
  owner: string | undefined;
}

/**
 * The columns of FOCUS 1.2 (https://focus.finops.org), the custom ones last, and what each holds.
 *
 * These are Burnrate's own figures, estimated from prices and the time that machines ran, or, where a
 * bill came (`x_Provenance` is `billed`), the bill's, shared out over the jobs. What is estimated says
 * so in `x_Estimated` and in its description. It follows that:
 * - the four costs are one and the same, as the specification asks where no unit price is given;
 * - there are no invoice, no SKUs and no unit prices, which only the provider knows, and no columns
 *   for them;
 * - the billing account is the account as Burnrate names it, and the billing period the month (UTC).
 * Quantities are hours of the whole node: the amount divided by the node's price at that time.
 */
const COLUMNS: Readonly<Record<string, (subject: Subject) => Cell>> = {
  AvailabilityZone: ({ node }) => node.priceKey?.zone || undefined,
  BilledCost: ({ cost }) => dollars(cost.micros),
  BillingAccountId: ({ node }) => node.account,
  BillingAccountName: ({ node }) => withoutPrefix(node.account, node.source),
  BillingCurrency: () => 'USD',
  BillingPeriodEnd: ({ cost }) => instant(startOfMonth(cost.from, 1)),
  BillingPeriodStart: ({ cost }) => instant(startOfMonth(cost.from)),
  ChargeCategory: () => 'Usage',
  ChargeClass: () => undefined,
  ChargeDescription: describe,
  ChargeFrequency: () => 'Usage-Based',
  ChargePeriodEnd: ({ cost }) => instant(cost.to),
  ChargePeriodStart: ({ cost }) => instant(cost.from),
  ConsumedQuantity: quantity,
  ConsumedUnit: () => 'Hours',
  ContractedCost: ({ cost }) => dollars(cost.micros),
  EffectiveCost: ({ cost }) => dollars(cost.micros),
  InvoiceIssuerName: ({ node }) => seller(node).provider,
  ListCost: ({ cost }) => dollars(cost.micros),
  PricingCategory: ({ node }) => CATEGORIES[node.priceKey?.market ?? 'owned'],
  PricingQuantity: quantity,
  PricingUnit: () => 'Hours',
  ProviderName: ({ node }) => seller(node).provider,
  PublisherName: ({ node }) => seller(node).provider,
  RegionId: ({ node }) => node.priceKey?.region || undefined,
  RegionName: ({ node }) => node.priceKey?.region || undefined,
  ResourceId: resourceId,
  ResourceName: (subject) =>
    subject.node.name === resourceId(subject) ? undefined : subject.node.name || undefined,
  ResourceType: ({ node }) => (isRented(node) ? 'Virtual Machine' : 'Server'),
  ServiceCategory: () => 'Compute',
  ServiceName: ({ node }) => seller(node).service,
  ServiceSubcategory: () => 'Virtual Machines',
  Tags: tags,
  x_Estimated: ({ cost }) => String(cost.provenance !== 'billed'),
  x_Idle: ({ cost }) => String(cost.jobId === IDLE),
  x_InstanceType: ({ node }) => node.priceKey?.instanceType || undefined,
  x_JobId: ({ cost }) => (cost.jobId === IDLE ? undefined : cost.jobId),
  x_JobName: ({ jobName }) => jobName,
  x_NodeId: ({ cost }) => cost.nodeId,
  x_Owner: ({ owner }) => owner,
  x_Provenance: ({ cost }) => cost.provenance,
  x_Uncertain: ({ cost }) => String(cost.uncertain),
};

/**
 * The ledger as a FOCUS 1.2 dataset in CSV: a row for each hour, node and job (and, where an hour
 * rests on more than one, each provenance). Of times of which hours are no longer kept, a row has a
 * day. What cost nothing has no row.
 */
export async function* focusOf(pages: AsyncIterable<Page>): AsyncGenerator<string> {
  yield csvRecord(Object.keys(COLUMNS));
  const columns = Object.values(COLUMNS);
  for await (const page of pages) {
    let text = '';
    for (const cost of page.costs) {
      if (cost.micros === 0) continue;
      const subject = subjectOf(cost, page);
      text += csvRecord(columns.map((column) => column(subject)));
    }
    if (text) yield text;
  }
}

function subjectOf(cost: Cost, page: Page): Subject {
  const [source = '', name = ''] = cost.nodeId.split(':');
  const node = page.nodes[cost.nodeId] ?? {
    name: cost.nodeId,
    source,
    account: `${source}:${name}`,
    labels: {},
  };
  return {
    cost,
    node,
    jobName: cost.jobId === IDLE ? undefined : page.jobs[cost.jobId]?.name,
    owner: ownerOf(cost, page),
  };
}

const CATEGORIES: Readonly<Record<PriceKey['market'], string>> = {
  'on-demand': 'Standard',
  spot: 'Dynamic',
  reserved: 'Committed',
  owned: 'Other',
};

/** Who sells the machine's hours, and as what, under the names that they use themselves. */
const SELLERS: Readonly<Record<string, { provider: string; service: string }>> = {
  aws: { provider: 'AWS', service: 'Amazon Elastic Compute Cloud' },
  gcp: { provider: 'Google Cloud', service: 'Compute Engine' },
  azure: { provider: 'Microsoft', service: 'Virtual Machines' },
  lambda: { provider: 'Lambda', service: 'On-Demand Cloud' },
  runpod: { provider: 'RunPod', service: 'Pods' },
  vast: { provider: 'Vast.ai', service: 'GPU Instances' },
};

function seller({ priceKey, source }: CostNode): { provider: string; service: string } {
  const provider = priceKey?.provider ?? source;
  return SELLERS[provider] ?? { provider, service: 'Machines' };
}

function describe({ cost, node, jobName }: Subject): string {
  const what = cost.jobId === IDLE ? 'Idle time' : `Job ${jobName ?? cost.jobId}`;
  const doubt = cost.uncertain ? ', with no fresh evidence that it ran' : '';
  if (cost.provenance === 'billed') {
    return `Billed by the provider, shared out by Burnrate: ${what} on ${node.name}`;
  }
  return `Estimated by Burnrate, not invoiced: ${what} on ${node.name}, at the ${cost.provenance} price${doubt}`;
}

/** Without a price, as for what was paid by the piece, the length of the period itself. */
function quantity({ cost }: Subject): Decimal {
  const hours = cost.nodeHours ?? (cost.to - cost.from) / HOUR;
  return new Decimal(hours.toFixed(9));
}

function isRented({ priceKey }: CostNode): boolean {
  return priceKey !== undefined && priceKey.market !== 'owned';
}

/**
 * The id that the provider gave the machine, by which its invoice names it; of machines that nobody
 * rents out, whose names are unique only within their account, the whole id.
 */
function resourceId({ cost, node }: Subject): string {
  return isRented(node) ? withoutPrefix(cost.nodeId, node.account) : cost.nodeId;
}

function withoutPrefix(id: string, prefix: string): string {
  const rest = id.slice(prefix.length + 1);
  return id.startsWith(`${prefix}:`) && rest !== '' ? rest : id;
}

/** The machine's own labels, and what Burnrate knows, under keys that begin with `burnrate/`. */
function tags({ cost, node, jobName, owner }: Subject): string {
  return JSON.stringify({
    ...node.labels,
    ...(cost.jobId === IDLE
      ? { 'burnrate/idle': true }
      : { 'burnrate/job': jobName ?? cost.jobId, 'burnrate/job-id': cost.jobId }),
    ...(owner !== undefined && { 'burnrate/owner': owner }),
  });
}

/** `2026-11-24T12:00:00Z`: FOCUS knows no fractions of a second. */
function instant(at: Instant): string {
  return `${new Date(Math.floor(at / SECOND) * SECOND).toISOString().slice(0, 19)}Z`;
}
