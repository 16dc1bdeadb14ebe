type Words = Record<string, unknown>;

/** A SKU as https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list has it. */
export function sku(description: string, dollars: number, more: Words = {}): Words {
  const memory = / ram\b/i.test(description);
  const disk = /local storage|capacity/i.test(description);
  const [usageUnit, baseUnit, factor] = disk
    ? (['GiBy.mo', 'By.s', 2 ** 30 * 2_592_000] as const)
    : memory
      ? (['GiBy.h', 'By.s', 2 ** 30 * 3600] as const)
      : (['h', 's', 3600] as const);
  return {
    name: 'services/6F81-5844-456A/skus/2922-40C5-B19F',
    skuId: '2922-40C5-B19F',
    description,
    category: {
      serviceDisplayName: 'Compute Engine',
      resourceFamily: 'Compute',
      resourceGroup: memory ? 'RAM' : 'CPU',
      usageType: /preemptible/i.test(description) ? 'Preemptible' : 'OnDemand',
    },
    serviceRegions: ['us-central1'],
    pricingInfo: [
      {
        summary: '',
        pricingExpression: {
          usageUnit,
          displayQuantity: 1,
          tieredRates: [{ startUsageAmount: 0, unitPrice: money(dollars) }],
          baseUnit,
          baseUnitConversionFactor: factor,
        },
        currencyConversionRate: 1,
        effectiveTime: '2026-01-01T00:00:00Z',
      },
    ],
    ...more,
  };
}

function money(dollars: number): Words {
  const nanos = Math.round(dollars * 1e9);
  const units = Math.floor(nanos / 1e9);
  return { currencyCode: 'USD', units: String(units), nanos: nanos - units * 1e9 };
}

/** The list's own descriptions, from https://cloud.google.com/skus, with prices of 2026. */
export const COMPUTE_SKUS = [
  sku('A2 Instance Core running in Americas', 0.031611),
  sku('A2 Instance Ram running in Americas', 0.004237),
  sku('Nvidia Tesla A100 GPU running in Americas', 2.933908),
  sku('Nvidia Tesla A100 80GB GPU running in Americas', 3.927),
  sku('Spot Preemptible A2 Instance Core running in Americas', 0.00948),
  sku('Spot Preemptible A2 Instance Ram running in Americas', 0.00127),
  sku('Nvidia Tesla A100 GPU attached to Spot Preemptible VMs running in Americas', 0.88),
  sku('A3 Instance Core running in Americas', 0.029323),
  sku('A3 Instance Ram running in Americas', 0.002553),
  sku('Nvidia H100 80GB GPU running in Americas', 9.79655),
  sku('DWS Defined Duration A3 Core running in Americas', 0.010934),
  sku('DWS Defined Duration A3 Ram running in Americas', 0.000952),
  sku('Nvidia H100 80GB GPU attached to DWS Defined Duration VMs running in Americas', 4.200761),
  sku('DWS Defined Duration SSD backed Local Storage running in Americas', 0.08),
  sku('N1 Predefined Instance Core running in Americas', 0.031611),
  sku('N1 Predefined Instance Ram running in Americas', 0.004237),
  sku('Nvidia Tesla T4 GPU running in Americas', 0.35),
  sku('SSD backed Local Storage', 0.08),
  sku('Balanced PD Capacity', 0.1),
  sku('Regional Balanced PD Capacity', 0.2),
  sku('Commitment v1: A2 Cpu in Americas for 1 Year', 0.02),
  sku('Reserved Nvidia Tesla A100 GPU in Americas', 1),
  sku('A2 Instance Core running in Frankfurt', 9, { serviceRegions: ['europe-west3'] }),
];

export const VERTEX_SKUS = [
  sku('Vertex AI: Training/Pipelines on N1 Predefined Instance Core running in Iowa', 0.0421268),
  sku('Vertex AI: Training/Pipelines on N1 Predefined Instance Ram running in Iowa', 0.0056463),
  sku('Vertex AI: Training/Pipelines on NVIDIA Tesla T4 GPU running in Iowa', 0.4025),
  sku('Vertex AI: Training/Pipelines on NVIDIA H100 80GB in Iowa', 11.2660332),
  sku('Vertex AI: Training/Pipelines on A3 Instance Core in Iowa', 0.0293227),
  sku('Vertex AI: Training/Pipelines on A3 Instance RAM in Iowa', 0.0025534),
  sku('Vertex AI: Training/Pipelines management fee on NVIDIA H100 80GB in Iowa', 1.4694826),
  sku('Vertex AI: Training/Pipelines management fee on A3 Instance Core in Iowa', 0.0038247),
  sku('Vertex AI: Training/Pipelines management fee on A3 Instance RAM in Iowa', 0.0003331),
];
