import { z } from 'zod';
import { RestClient } from '../rest.ts';
import type { Surroundings } from '../source.ts';
import type { Settings } from './settings.ts';

/** https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices */
const Page = z.object({
  Items: z.array(
    z.object({
      currencyCode: z.string(),
      retailPrice: z.number().nonnegative(),
      tierMinimumUnits: z.number(),
      armSkuName: z.string().nullish(),
      productName: z.string(),
      skuName: z.string(),
      meterName: z.string(),
      unitOfMeasure: z.string(),
      type: z.string(),
      effectiveStartDate: z.string(),
      effectiveEndDate: z.string().nullish(),
    }),
  ),
  NextPageLink: z.string().nullish(),
});
export type Item = z.infer<typeof Page>['Items'][number];

const MOST_PAGES = 50;

/** The public price list: free, and the same for everybody, so that nobody signs in there. */
export function openRetail(
  account: string,
  { clock }: Pick<Surroundings, 'clock'>,
  { pricesUrl }: Pick<Settings, 'pricesUrl'>,
): RestClient {
  return new RestClient({
    account,
    service: 'Azure Retail Prices',
    baseUrl: pricesUrl,
    clock,
    key: async () => '',
    authorize: () => ({}),
    remedy: 'Something other than Azure may answer: check the proxy, and sources.azure.pricesUrl',
  });
}

/** Every entry of the list that a filter means. */
export function itemsOf(rest: RestClient) {
  return async ($filter: string, signal: AbortSignal): Promise<Item[]> => {
    const query = new URLSearchParams({ 'api-version': '2023-01-01-preview', $filter });
    const found: Item[] = [];
    let path: string | undefined = `/api/retail/prices?${query}`;
    for (let pages = 0; path !== undefined && pages < MOST_PAGES; pages += 1) {
      const page: z.infer<typeof Page> = await rest.ask({ path, schema: Page, signal });
      found.push(...page.Items);
      const next = page.NextPageLink ? new URL(page.NextPageLink) : undefined;
      path = next && next.pathname + next.search;
    }
    return found;
  };
}
