import type { Surroundings } from '../source.ts';

/**
 * The endpoint that the environment names for a service, or undefined for AWS's own. The SDK
 * reads the same variables, but of its own process only.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function endpointFor(service: string, env: Surroundings['env']): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true') return undefined;
  return env[`AWS_ENDPOINT_URL_${service}`] || env.AWS_ENDPOINT_URL || undefined;
}
