import { dollarsPerHour, kinds, regions } from '../catalogue.ts';
import type { Answer } from './answer.ts';

interface Query {
  ServiceCode?: string;
  Filters?: { Field: string; Value: string }[];
  MaxResults?: number;
  NextToken?: string;
}

/**
 * GetProducts of the Price List: every kind in every region, as used on demand and, at zero, as
 * used within a reservation.
 * https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_pricing_GetProducts.html
 */
export function getProducts(query: Query): Answer {
  const filters = query.Filters ?? [];
  const products = Object.keys(kinds).flatMap((type) =>
    Object.keys(regions).flatMap((region) =>
      ['Used', 'AllocatedCapacityReservation'].map((capacity) => productOf(type, region, capacity)),
    ),
  );
  const all = [...products, ...Object.keys(regions).map(storageOf)];
  const matching = all.filter(({ product: { attributes, productFamily } }) => {
    const fields: Record<string, string> = { ...attributes, productFamily };
    return filters.every(({ Field, Value }) => fields[Field] === Value);
  });
  const from = Number(query.NextToken ?? 0);
  const to = from + (query.MaxResults ?? 100);
  return {
    status: 200,
    type: 'application/x-amz-json-1.1',
    body: JSON.stringify({
      FormatVersion: 'aws_v1',
      // Each entry is a text that holds JSON, as the Price List sends it.
      PriceList: matching.slice(from, to).map((entry) => JSON.stringify(entry)),
      ...(to < matching.length && { NextToken: String(to) }),
    }),
  };
}

function productOf(type: string, region: string, capacitystatus: string) {
  const used = capacitystatus === 'Used';
  return entryOf(
    `${type} ${region} ${capacitystatus}`,
    {
      productFamily: 'Compute Instance',
      attributes: {
        instanceType: type,
        regionCode: region,
        operatingSystem: 'Linux',
        preInstalledSw: 'NA',
        tenancy: 'Shared',
        capacitystatus,
        vcpu: String((kinds[type]?.cores ?? 0) * 2),
        gpu: String(kinds[type]?.gpus.count ?? 0),
        servicecode: 'AmazonEC2',
      },
    },
    {
      unit: 'Hrs',
      dollars: used ? dollarsPerHour(type, region, 'on-demand') : '0.0000000000',
      what: `On Demand Linux ${type} Instance Hour`,
    },
  );
}

/** General purpose storage, at a price that AWS has asked for it. */
function storageOf(region: string) {
  return entryOf(
    `gp3 ${region}`,
    {
      productFamily: 'Storage',
      attributes: { volumeApiName: 'gp3', regionCode: region, servicecode: 'AmazonEC2' },
    },
    {
      unit: 'GB-Mo',
      dollars: (0.08 * (regions[region] ?? 1)).toFixed(10),
      what: 'GB-month of General Purpose (gp3) provisioned storage',
    },
  );
}

interface Product {
  productFamily: string;
  attributes: Record<string, string>;
}

function entryOf(
  name: string,
  product: Product,
  { unit, dollars, what }: { unit: string; dollars: string; what: string },
) {
  const sku = skuOf(name);
  const term = `${sku}.JRTCKXETXF`;
  return {
    product: { ...product, sku },
    serviceCode: 'AmazonEC2',
    terms: {
      OnDemand: {
        [term]: {
          priceDimensions: {
            [`${term}.6YS6EN2CT7`]: {
              unit,
              endRange: 'Inf',
              description: `$${dollars} per ${what}`,
              appliesTo: [],
              rateCode: `${term}.6YS6EN2CT7`,
              beginRange: '0',
              pricePerUnit: { USD: dollars },
            },
          },
          sku,
          effectiveDate: '2026-01-01T00:00:00Z',
          offerTermCode: 'JRTCKXETXF',
          termAttributes: {},
        },
      },
    },
    version: '20260101000000',
    publicationDate: '2026-01-01T00:00:00Z',
  };
}

/** Sixteen letters and digits that are this product's own. */
function skuOf(text: string): string {
  return Buffer.from(text).toString('hex').toUpperCase().padEnd(16, '7').slice(-16);
}
