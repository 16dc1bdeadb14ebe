import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nebiusInstance } from '../../unit/sources/neoclouds/nebius_tool.ts';

/** A program of that name, which keeps one instance in a file as the real tool's cloud would. */
export async function installNebius(folder: string): Promise<string> {
  const bin = join(folder, 'bin');
  const state = join(folder, 'instance.json');
  await mkdir(bin, { recursive: true });
  await mkdir(join(folder, '.nebius'), { recursive: true });
  await writeFile(join(folder, '.nebius/config.yaml'), 'current-profile: lab\n');
  await writeFile(state, JSON.stringify(nebiusInstance()));
  const program = join(bin, 'nebius');
  await writeFile(
    program,
    `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
const instance = JSON.parse(readFileSync(${JSON.stringify(state)}, 'utf8'));
const verb = process.argv[4];
if (verb === 'stop') {
  instance.status.state = 'STOPPED';
  writeFileSync(${JSON.stringify(state)}, JSON.stringify(instance));
}
console.log(JSON.stringify(verb === 'list' ? { items: [instance] } : instance));
`,
  );
  await chmod(program, 0o755);
  return bin;
}
