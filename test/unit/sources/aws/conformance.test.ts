import type { Account } from '@burnrate/shared/model/account.ts';
import { aws } from '@burnrate/shared/sources/aws/index.ts';
import type { Settings } from '@burnrate/shared/sources/aws/settings.ts';
import { bareMachine } from '../bare.ts';
import { conformance, type Site } from '../conformance.ts';
import { accountOf } from './account.ts';
import { failure, type Handlers, startAws } from './server.ts';

const CANARY = 'canarySECRET/4711+abcdefghijklmnopqrstuv';

async function site(handlers: Handlers): Promise<Site<Settings>> {
  const server = await startAws(handlers);
  const env = {
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: CANARY,
    AWS_SESSION_TOKEN: `token-${CANARY}`,
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: server.url,
  };
  return {
    surroundings: bareMachine({ env }),
    canary: CANARY,
    end: async (job) => {
      const body = new URLSearchParams({ Action: 'TerminateInstances' });
      job.shares.forEach(({ node }, index) => {
        body.set(`InstanceId.${index + 1}`, node.split(':').at(-1) ?? '');
      });
      await fetch(server.url, { method: 'POST', body });
    },
    dispose: () => server.close(),
  };
}

const all = (reply: Handlers[string]) => () => site({ '*': reply });

conformance('aws', {
  source: aws,
  empty: () => ({ surroundings: bareMachine() }),
  ready: () =>
    site(
      accountOf([
        { id: 'i-0aa', tags: { Name: 'train', Owner: 'ada' } },
        { id: 'i-0bb', tags: { Owner: 'bob' }, lifecycle: 'spot' },
        { id: 'i-0cc', type: 'm5.large', state: 'stopped' },
      ]),
    ),
  troubles: {
    unreachable: async () => {
      const place = await site({});
      await place.dispose?.();
      return { ...place, dispose: () => undefined };
    },
    denied: all(() =>
      failure(403, 'UnauthorizedOperation', 'You are not authorized to perform this operation.'),
    ),
    throttled: all(() =>
      failure(503, 'RequestLimitExceeded', 'Request limit exceeded.', { 'Retry-After': '1' }),
    ),
    malformed: all(() => ({
      headers: { 'Content-Type': 'text/html' },
      body: '<!doctype html><html><body><p>Sign in to this network<br></p></body></html>',
    })),
    'not-configured': async () => ({
      surroundings: bareMachine({ homedir: '/nonexistent/home' }),
      account: {
        id: 'aws:gone',
        source: 'aws',
        name: 'gone',
        foundIn: '~/.aws/config, profile gone',
        options: { origin: 'profile', profile: 'gone' },
      } satisfies Account,
    }),
    slow: all(() => 'hang'),
  },
});
