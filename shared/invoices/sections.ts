import type { z } from 'zod';
import type { SectionSchemas } from '../config/sections.ts';
import { Settings as costExplorer } from './aws/cost_explorer/settings.ts';
import { Settings as dataExport } from './aws/data_export/settings.ts';
import { Settings as azureExports } from './azure/exports/settings.ts';
import { Settings as costManagement } from './azure/settings.ts';
import { Settings as bigQuery } from './gcp/settings.ts';

/** The readers' schemas of their sections in burnrate.yaml, by their ids; no reader is loaded for it. */
export const invoiceSections: SectionSchemas = new Map<string, z.ZodType>([
  ['aws-cost-explorer', costExplorer],
  ['aws-data-export', dataExport],
  ['azure-cost-management', costManagement],
  ['azure-exports', azureExports],
  ['gcp-bigquery', bigQuery],
]);
