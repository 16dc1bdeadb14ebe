import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { PROTOCOL_VERSION } from '@burnrate/shared/protocol/protocol.ts';
import { expect, test } from 'vitest';
import { Home, isAlive, kill, snapshotWhere, until } from '../unit/collector/live.ts';

/** 10,000 by hand: each takes a file handle here and one of the collector's (`ulimit -n`). */
const FACES = Number(process.env.BURNRATE_FAULTS_FACES ?? 1000);
const PATIENCE_MS = 120_000;
const AT_ONCE = 100;
/** What a face may cost the collector, its socket's buffers included. */
const FACE_MB = 0.15;

const message = (body: object) => {
  const text = JSON.stringify({ jsonrpc: '2.0', ...body });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};
const HELLO = message({
  id: 1,
  method: 'initialize',
  params: {
    processId: null,
    rootUri: null,
    capabilities: {},
    initializationOptions: {
      face: 'cli',
      version: '0.1.0',
      protocol: PROTOCOL_VERSION,
      notifies: false,
    },
  },
});

/** A face by its bytes alone; it counts the snapshots that it is sent, unless it never reads. */
class BareFace {
  snapshots = 0;
  readonly socket: Socket;

  constructor(path: string, { reads }: { reads: boolean }) {
    this.socket = connect(path);
    this.socket.setEncoding('utf8').on('error', () => this.socket.destroy());
    this.socket.write(HELLO + message({ method: 'initialized', params: {} }));
    if (reads) {
      this.socket.on('data', (text: string) => {
        this.snapshots += text.split('snapshotChanged').length - 1;
      });
    } else this.socket.pause();
  }
}

const residentMb = (pid: number) =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

test.skipIf(process.platform !== 'linux')(
  `${FACES} faces are served, a tenth of which never reads, and those that are people's come back after a kill`,
  async () => {
    await using home = new Home();
    const folder = home.folder('a');
    home.configure({ sources: { processes: { folders: [folder] } } });
    const { id } = home.job(folder, { name: 'train' });
    const links = await Promise.all(Array.from({ length: 5 }, () => home.connect()));
    const [link] = links;
    if (!link) throw new Error('no link');
    const { pid } = link.welcome;
    await snapshotWhere(link, 'the job', ({ jobs }) => jobs.some((job) => job.id === id));
    const before = residentMb(pid);

    const faces: BareFace[] = [];
    try {
      while (faces.length < FACES) {
        const some = Array.from(
          { length: Math.min(AT_ONCE, FACES - faces.length) },
          (_, index) => new BareFace(home.paths.socket, { reads: index % 10 !== 0 }),
        );
        faces.push(...some);
        const reading = some.filter(({ socket }) => !socket.isPaused());
        await until(
          'a snapshot for each',
          () => reading.every(({ snapshots }) => snapshots > 0),
          PATIENCE_MS,
        );
      }
      // Something changes: all who read are told of it, beside those who do not.
      const reading = faces.filter(({ socket }) => !socket.isPaused());
      const seen = reading.map(({ snapshots }) => snapshots);
      await link.request('refresh', {});
      await until(
        'another snapshot for each',
        () => reading.every(({ snapshots }, index) => snapshots > (seen[index] ?? 0)),
        PATIENCE_MS,
      );
      expect(faces.filter(({ socket }) => socket.destroyed)).toEqual([]);
      expect(link.welcome.pid).toBe(pid);
      expect(residentMb(pid) - before).toBeLessThan(50 + FACES * FACE_MB);

      kill(pid, 'SIGKILL');
      await until('its end', () => !isAlive(pid));
      await until(
        'all to be served by one new collector',
        () =>
          links.every((one) => one.connected && one.welcome.pid !== pid) &&
          new Set(links.map((one) => one.welcome.pid)).size === 1,
        PATIENCE_MS,
      );
      await Promise.all(
        links.map((one) =>
          snapshotWhere(
            one,
            'the job again',
            ({ jobs, collector }) => collector.pid !== pid && jobs.some((job) => job.id === id),
          ),
        ),
      );
    } finally {
      for (const { socket } of faces) socket.destroy();
    }
  },
);
