import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface FocusFileOptions {
  lines: number;
  /** Each has a line an hour, one after the other. */
  resources: number;
  /** Another one, other costs. */
  seed?: number;
  zipped?: boolean;
}

const COLUMNS =
  'AvailabilityZone,BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,CommitmentDiscountCategory,CommitmentDiscountId,CommitmentDiscountName,CommitmentDiscountStatus,CommitmentDiscountType,ConsumedQuantity,ConsumedUnit,ContractedCost,ContractedUnitPrice,EffectiveCost,InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,PricingQuantity,PricingUnit,ProviderName,PublisherName,RegionId,RegionName,ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName,SkuId,SkuPriceId,SubAccountId,SubAccountName,Tags';

/** A month's bill as AWS writes it in FOCUS 1.0: every column, an hour and a resource a line. */
export async function writeFocusFile(path: string, options: FocusFileOptions): Promise<void> {
  const file = createWriteStream(path);
  const text = Readable.from(pieces(options));
  if (options.zipped) await pipeline(text, createGzip({ level: 1 }), file);
  else await pipeline(text, file);
}

function* pieces({ lines, resources, seed = 1 }: FocusFileOptions): Generator<string> {
  yield `${COLUMNS}\n`;
  let state = seed;
  let piece = '';
  for (let line = 0; line < lines; line += 1) {
    // A linear congruential generator (Numerical Recipes), for costs that look like some.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    piece += row(line % resources, Math.floor(line / resources), state);
    if (piece.length < 1 << 18) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

const START = Date.UTC(2026, 9);
const instant = (hour: number) => new Date(START + hour * 3_600_000).toISOString();

function row(resource: number, hour: number, random: number): string {
  const cost = `0.${String(random).padStart(10, '0')}`;
  const id = resource.toString(16).padStart(17, '0');
  const team = resource % 40;
  return `us-east-1a,${cost},123456789012,Acme,USD,2026-11-01T00:00:00Z,2026-10-01T00:00:00Z,Usage,,"$32.7726 per On Demand Linux p4d.24xlarge Instance Hour",Usage-Based,${instant(hour + 1)},${instant(hour)},,,,,,1,Hrs,${cost},32.7726,${cost},"Amazon Web Services, Inc.",${cost},32.7726,Standard,1,Hrs,AWS,"Amazon Web Services, Inc.",us-east-1,US East (N. Virginia),arn:aws:ec2:us-east-1:${100_000_000_000 + team}:instance/i-${id},,instance,Compute,Amazon Elastic Compute Cloud,SKU${resource % 200},SKU${resource % 200}.JRTCKXETXF,${100_000_000_000 + team},team-${team},"{""team"": ""team-${team}"", ""env"": ""production""}"\n`;
}
