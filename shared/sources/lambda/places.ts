import type { KeyPlaces } from '../api_key.ts';

/**
 * Lambda has no tool of its own that keeps a key: its documentation uses the variables, SkyPilot
 * and dstack the file.
 * https://docs.lambda.ai/public-cloud/cloud-api/
 * https://docs.skypilot.co/en/latest/getting-started/installation.html
 */
export const PLACES: KeyPlaces = {
  source: 'lambda',
  variables: ['LAMBDA_API_KEY', 'LAMBDA_CLOUD_API_KEY'],
  files: [
    {
      path: '~/.lambda_cloud/lambda_keys',
      read: (text) => /^\s*api_key\s*=\s*(\S+)/m.exec(text)?.[1],
    },
  ],
  madeAt: 'https://cloud.lambda.ai/api-keys/cloud-api',
};
