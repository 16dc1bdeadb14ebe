import type { InvoiceReader } from './reader.ts';

/**
 * The registry of readers, each loaded when an account of its source is watched. To add one: a
 * folder for its provider, and one line here.
 */
export const invoiceReaders: Record<
  string,
  { source: string; load: () => Promise<InvoiceReader> }
> = {
  'aws-cost-explorer': {
    source: 'aws',
    load: () => import('./aws/cost_explorer/index.ts').then((module) => module.awsCostExplorer),
  },
  'aws-data-export': {
    source: 'aws',
    load: () => import('./aws/data_export/index.ts').then((module) => module.awsDataExport),
  },
  'azure-cost-management': {
    source: 'azure',
    load: () => import('./azure/index.ts').then((module) => module.azureCostManagement),
  },
  'azure-exports': {
    source: 'azure',
    load: () => import('./azure/exports/index.ts').then((module) => module.azureExports),
  },
  'gcp-bigquery': {
    source: 'gcp',
    load: () => import('./gcp/index.ts').then((module) => module.gcpBigQuery),
  },
};
