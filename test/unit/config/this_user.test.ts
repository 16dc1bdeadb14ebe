import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { thisUser } from '@burnrate/shared/config/this_user.ts';
import { expect, test } from 'vitest';

const NOBODY = 54_321;
const PROGRAM = `
  const { thisUser } = await import(process.argv[1]);
  console.log(JSON.stringify(thisUser()));
`;

test('whoever runs this has the name that the system gives', () => {
  const { username, uid } = userInfo();
  expect(thisUser()).toEqual({ name: username, uid });
});

test.runIf(process.getuid?.() === 0)('a number without a name is its own name', () => {
  const file = new URL('../../../shared/config/this_user.ts', import.meta.url).href;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM, file], {
    uid: NOBODY,
    env: { HOME: '/' },
    encoding: 'utf8',
  });
  expect(JSON.parse(said)).toEqual({ name: String(NOBODY), uid: NOBODY });
});
