import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { Home } from './live.ts';

const LEAN = new URL('../../../shared/bootstrap/lean.mjs', import.meta.url).href;

/** Asks by HTTP, as the parts of the collector and the packages below them do: some load it late. */
const PROGRAM = `
  import http, { Agent } from 'node:http';
  const { request } = await import('http');
  const { default: all, globalAgent } = await import('node:http');
  if (all.request !== request || all.globalAgent !== globalAgent) throw new Error('another one');
  const server = http.createServer((_, answer) => answer.end('well')).listen(0, '127.0.0.1', () => {
    request({ host: '127.0.0.1', port: server.address().port, agent: new Agent() }, async (answer) => {
      const said = (await answer.toArray()).join('');
      const undici = process.moduleLoadList.some((name) => name.includes('undici'));
      console.log(JSON.stringify({ said, undici }));
      process.exit();
    }).end();
  });
`;

test('what is bundled asks by HTTP without loading the other client that Node has', async () => {
  await using home = new Home();
  const file = `${home.folder('bundle')}/program.mjs`;
  writeFileSync(file.replace('program', 'source'), PROGRAM);
  const { lean } = await import(LEAN);
  await build({
    entryPoints: [file.replace('program', 'source')],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    plugins: [lean],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  const out = execFileSync(process.execPath, [file], { encoding: 'utf8' });
  expect(JSON.parse(out)).toEqual({ said: 'well', undici: false });
});
