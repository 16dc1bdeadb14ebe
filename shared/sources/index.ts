import type { Source } from './source.ts';

/**
 * The registry. A source is loaded when it is first asked for, so that an SDK nobody needs costs
 * neither memory nor start-up time. To add a system: its folder, and one line here.
 */
export const registry: Record<string, () => Promise<Source>> = {
  aws: () => import('./aws/index.ts').then((module) => module.aws),
  gcp: () => import('./gcp/index.ts').then((module) => module.gcp),
  azure: () => import('./azure/index.ts').then((module) => module.azure),
  slurm: () => import('./slurm/index.ts').then((module) => module.slurm),
  kubernetes: () => import('./kubernetes/index.ts').then((module) => module.kubernetes),
  dcgm: () => import('./dcgm/index.ts').then((module) => module.dcgm),
  prometheus: () => import('./prometheus/index.ts').then((module) => module.prometheus),
  otlp: () => import('./otlp/index.ts').then((module) => module.otlp),
  lambda: () => import('./lambda/index.ts').then((module) => module.lambda),
  runpod: () => import('./runpod/index.ts').then((module) => module.runpod),
  vast: () => import('./vast/index.ts').then((module) => module.vast),
  digitalocean: () => import('./digitalocean/index.ts').then((module) => module.digitalocean),
  hyperstack: () => import('./hyperstack/index.ts').then((module) => module.hyperstack),
  fluidstack: () => import('./fluidstack/index.ts').then((module) => module.fluidstack),
  crusoe: () => import('./crusoe/index.ts').then((module) => module.crusoe),
  together: () => import('./together/index.ts').then((module) => module.together),
  nebius: () => import('./nebius/index.ts').then((module) => module.nebius),
  skypilot: () => import('./skypilot/index.ts').then((module) => module.skypilot),
  local: () => import('./local/index.ts').then((module) => module.local),
};
