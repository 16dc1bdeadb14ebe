import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import { bareMachine } from '../bare.ts';

export const ADC = '/nonexistent/home/.config/gcloud/application_default_credentials.json';
export const CONFIG = '/nonexistent/home/.config/gcloud/configurations/config_default';
export const SECRET = '1//CANARY4711refreshtoken';

/** What `gcloud auth application-default login` writes. */
export const USER = {
  type: 'authorized_user',
  client_id: '764086051850-6qr4p6gpi6hn506pt8ejuq83di341hur.apps.googleusercontent.com',
  client_secret: 'd-FL95Q19q7MQmFpd7hHD0Ty',
  refresh_token: SECRET,
  quota_project_id: 'ada-quota',
  universe_domain: 'googleapis.com',
};

/** A machine with these files. */
export function files(
  content: Record<string, string>,
  more: Partial<Surroundings> = {},
): Surroundings {
  return bareMachine({
    platform: 'linux',
    readFile: (path) => Promise.resolve(content[path]),
    ...more,
  });
}
