import { execFile } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Home, snapshotWhere } from '../../unit/collector/live.ts';

const root = process.getuid?.() === 0;
const run = promisify(execFile);
const NOBODY = 65_534;

/** Tries as another user, and prints how that ended. */
const ATTEMPT = `
  const { connect } = require('node:net');
  const { readFileSync, readdirSync } = require('node:fs');
  const tried = {};
  const attempt = (name, what) => { try { what(); tried[name] = 'done'; } catch (error) { tried[name] = error.code; } };
  attempt('list', () => readdirSync(process.argv[2]));
  attempt('database', () => readFileSync(process.argv[3]));
  attempt('log', () => readFileSync(process.argv[4]));
  attempt('settings', () => readFileSync(process.argv[5]));
  const socket = connect(process.argv[1]);
  const end = (how) => { tried.socket = how; console.log(JSON.stringify(tried)); process.exit(); };
  socket.on('connect', () => end('done'));
  socket.on('error', (error) => end(error.code));
`;

test.skipIf(!root)(
  `another user reaches neither the socket nor the ledger${root ? '' : ' (needs root, to be another user)'}`,
  async () => {
    await using home = new Home();
    home.configure({ sources: { processes: { folders: [home.folder('lab')] } } });
    const link = await home.connect();
    await snapshotWhere(link, 'the account', ({ accounts }) => accounts.length > 0);
    const { socket, database, log, config } = home.paths;
    const attempt = async (uid: number) => {
      const { stdout } = await run(
        process.execPath,
        ['-e', ATTEMPT, socket, home.path, database, log, config],
        { uid, gid: uid, env: { PATH: '/usr/bin:/bin' } },
      );
      return JSON.parse(stdout) as Record<string, string>;
    };
    const refused = {
      list: 'EACCES',
      database: 'EACCES',
      log: 'EACCES',
      settings: 'EACCES',
      socket: 'EACCES',
    };
    expect(await attempt(NOBODY)).toEqual(refused);
    // What each file itself allows holds also where somebody has opened the folder.
    chmodSync(home.path, 0o755);
    const opened = await attempt(NOBODY);
    expect(opened).toMatchObject({ database: 'EACCES', log: 'EACCES', socket: 'EACCES' });
    // The same attempt by oneself succeeds: it is the user that makes the difference.
    expect((await attempt(0)).socket).toBe('done');
  },
);
