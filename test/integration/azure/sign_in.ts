import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { profileOf } from '../../unit/sources/azure/open.ts';
import { TENANT } from '../../unit/sources/azure/resources.ts';

/** A running server, and the paths it was asked for. */
export interface SignIn {
  url: string;
  asked: string[];
  close(): void;
}

const certificate = (name: string) =>
  new URL(`../../unit/sources/kubernetes/certificates/${name}`, import.meta.url).pathname;
/** Who signed the server's certificate: Node.js takes it as NODE_EXTRA_CA_CERTS. */
export const AUTHORITY = certificate('ca.pem');

/**
 * The Azure CLI as far as Burnrate runs it: a program that prints a token, and the profile that
 * `az login` writes. https://learn.microsoft.com/cli/azure/account#az-account-get-access-token
 */
export function installCli(folder: string, token: string): Record<string, string> {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  const answer = JSON.stringify({
    accessToken: token,
    expires_on: Math.floor(Date.now() / 1000) + 3600,
    tokenType: 'Bearer',
    tenant: TENANT,
  });
  const program = `#!/bin/sh\n[ "$1 $2" = "account get-access-token" ] || exit 2\ncat <<'END'\n${answer}\nEND\n`;
  writeFileSync(join(bin, 'az'), program);
  chmodSync(join(bin, 'az'), 0o755);
  writeFileSync(join(folder, 'azureProfile.json'), profileOf({}));
  return { PATH: `${bin}:${process.env.PATH}`, AZURE_CONFIG_DIR: folder };
}

/**
 * Microsoft Entra ID for a service principal: its description, and tokens for its secret.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export function startEntra(secret: string, token: string): Promise<SignIn> {
  return started(true, (request, response, url) => {
    const tenant = `${url}/${TENANT}`;
    const described = {
      token_endpoint: `${tenant}/oauth2/v2.0/token`,
      authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
      issuer: `${tenant}/v2.0`,
      jwks_uri: `${tenant}/discovery/v2.0/keys`,
    };
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      if (request.method === 'GET') response.end(JSON.stringify(described));
      else if (form.get('client_secret') === secret)
        response.end(
          JSON.stringify({ token_type: 'Bearer', expires_in: 3599, access_token: token }),
        );
      else {
        response.statusCode = 401;
        response.end(
          JSON.stringify({
            error: 'invalid_client',
            error_description: 'AADSTS7000215: Invalid client secret provided.',
            error_codes: [7000215],
          }),
        );
      }
    });
  });
}

/**
 * The managed identity of App Service, Functions and Container Apps.
 * https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
export function startIdentity(header: string, token: string): Promise<SignIn> {
  return started(false, (request, response) => {
    const known = request.headers['x-identity-header'] === header;
    response.statusCode = known ? 200 : 401;
    const answer = {
      access_token: token,
      expires_on: String(Math.floor(Date.now() / 1000) + 3600),
      resource: 'https://management.azure.com',
      token_type: 'Bearer',
    };
    response.end(JSON.stringify(known ? answer : { message: 'unauthorized' }));
  });
}

async function started(
  secure: boolean,
  answer: (
    request: Parameters<RequestListener>[0],
    response: Parameters<RequestListener>[1],
    url: string,
  ) => void,
): Promise<SignIn> {
  const asked: string[] = [];
  let url = '';
  const listener: RequestListener = (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.setHeader('Content-Type', 'application/json');
    answer(request, response, url);
  };
  const server = secure
    ? createServer(
        {
          key: readFileSync(certificate('server.key')),
          cert: readFileSync(certificate('server.pem')),
        },
        listener,
      )
    : createHttpServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
