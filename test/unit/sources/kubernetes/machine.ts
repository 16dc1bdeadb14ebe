import type { Surroundings } from '@burnrate/shared/sources/source.ts';
import { bareMachine } from '../bare.ts';
import { NOW } from './objects.ts';
import { type ApiServer, certificate, TOKEN } from './server.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A user of a kubeconfig. */
export const withToken = `token: ${TOKEN}`;
export const withCertificate = [
  `client-certificate-data: ${base64(certificate('ada.pem'))}`,
  `client-key-data: ${base64(certificate('ada.key'))}`,
].join('\n    ');

/** A kubeconfig as `kubectl config view --raw` prints one: one context, `lab`. */
export function kubeconfig(server: Pick<ApiServer, 'url'>, user = withToken, context = ''): string {
  return `apiVersion: v1
kind: Config
preferences: {}
current-context: lab
clusters:
- name: lab-cluster
  cluster:
    server: ${server.url}
    certificate-authority-data: ${base64(certificate('ca.pem'))}
contexts:
- name: lab
  context:
    cluster: lab-cluster
    user: ada
    ${context}
users:
- name: ada
  user:
    ${user}
`;
}

/** A machine with that kubeconfig at home; others may be given by their paths. */
export function machineWith(
  config: string,
  present: Partial<Surroundings> = {},
  files: Record<string, string> = {},
): Surroundings {
  const homedir = '/home/ada';
  const path = `${homedir}/.kube/config`;
  return bareMachine({
    homedir,
    user: { name: 'ada', uid: 1000 },
    clock: {
      now: () => NOW,
      after: () => () => undefined,
      speed: 1,
    },
    readFile: async (wanted) => (wanted === path ? config : files[wanted]),
    ...present,
  });
}
