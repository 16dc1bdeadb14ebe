import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type * as Credentials from '@burnrate/shared/sources/gcp/credentials.ts';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { bareMachine } from '../../unit/sources/bare.ts';
import { TOKEN } from '../../unit/sources/gcp/open.ts';
import { granted, withTokenServer } from '../../unit/sources/gcp/token_server.ts';

const CREDENTIALS = fileURLToPath(
  import.meta.resolve('@burnrate/shared/sources/gcp/credentials.ts'),
);
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

test('Google’s library signs in also where it is bundled, as in the product', () =>
  withTokenServer(
    () => granted,
    async (url) => {
      const outdir = await mkdtemp(join(tmpdir(), 'burnrate-gcp-'));
      try {
        await build({
          entryPoints: { credentials: CREDENTIALS },
          outdir,
          bundle: true,
          minify: true,
          platform: 'node',
          target: 'node20',
          format: 'esm',
          splitting: true,
          mainFields: ['module', 'main'],
          outExtension: { '.js': '.mjs' },
          banner: { js: REQUIRE },
          logLevel: 'warning',
        });
        const bundled = pathToFileURL(join(outdir, 'credentials.mjs')).href;
        const { credentialsOf } = (await import(bundled)) as typeof Credentials;
        const user = {
          type: 'authorized_user',
          client_id: 'a',
          client_secret: 'b',
          refresh_token: 'c',
        };
        const credentials = credentialsOf(
          { project: 'ada-lab', origin: 'file', file: '/adc.json' },
          'gcp:ada-lab',
          url,
          bareMachine({ readFile: () => Promise.resolve(JSON.stringify(user)) }),
        );
        expect(await credentials.token()).toBe(TOKEN);
        credentials.close();
      } finally {
        await rm(outdir, { recursive: true });
      }
    },
  ));
