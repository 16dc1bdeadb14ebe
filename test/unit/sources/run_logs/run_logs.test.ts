import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { HOUR } from '@burnrate/shared/model/time.ts';
import { RunLogs } from '@burnrate/shared/sources/run_logs/run_logs.ts';
import { EventFile } from '@burnrate/shared/sources/run_logs/tfevents.ts';
import { WandbFile } from '@burnrate/shared/sources/run_logs/wandb_file.ts';
import { thisMachine } from '@burnrate/shared/sources/surroundings.ts';
import fc from 'fast-check';
import protobuf from 'protobufjs/minimal.js';
import { afterEach, expect, test } from 'vitest';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder with these files. */
function folderWith(files: Record<string, string | Buffer>): string {
  const folder = mkdtempSync(join(tmpdir(), 'burnrate-logs-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** An event of TensorBoard with so many bytes of something else, in its frame. */
function event(step: number, bytes = 20): Buffer {
  const writer = protobuf.Writer.create().uint32(9).double(1_760_000_000);
  if (step > 0) writer.uint32(16).int64(step);
  const body = Buffer.from(writer.uint32(42).bytes(Buffer.alloc(bytes)).finish());
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(body.length));
  return Buffer.concat([head, body, Buffer.alloc(4)]);
}

/** W&B's log of these records, in pieces that do not reach over a block. */
function wandbLog(records: readonly Buffer[]): Buffer {
  const out: Buffer[] = [Buffer.from(':W&B\x00\x00\x00', 'latin1')];
  let at = 7;
  const put = (bytes: Buffer) => {
    out.push(bytes);
    at += bytes.length;
  };
  for (const record of records) {
    for (let from = 0, first = true; first || from < record.length; first = false) {
      if (32_768 - (at % 32_768) < 7) put(Buffer.alloc(32_768 - (at % 32_768)));
      const piece = record.subarray(from, from + 32_768 - (at % 32_768) - 7);
      from += piece.length;
      const last = from >= record.length;
      const head = Buffer.alloc(7);
      head.writeUInt16LE(piece.length, 4);
      head[6] = first ? (last ? 1 : 2) : last ? 4 : 3;
      put(Buffer.concat([head, piece]));
    }
  }
  return Buffer.concat(out);
}

function history(step: number, bytes = 30): Buffer {
  const number = protobuf.Writer.create();
  if (step > 0) number.uint32(8).int64(step);
  const body = protobuf.Writer.create().uint32(10).bytes(Buffer.alloc(bytes));
  body.uint32(18).bytes(number.finish());
  const record = protobuf.Writer.create().uint32(8).int64(3).uint32(18).bytes(body.finish());
  return Buffer.from(record.finish());
}

const steps = fc.array(fc.tuple(fc.nat(1e6), fc.nat(70_000)), { minLength: 1, maxLength: 12 });

test.each([
  [
    'TensorBoard',
    () => new EventFile(),
    (list: [number, number][]) => Buffer.concat(list.map(([step, size]) => event(step + 1, size))),
  ],
  [
    'W&B',
    () => new WandbFile(),
    (list: [number, number][]) => wandbLog(list.map(([step, size]) => history(step + 1, size))),
  ],
] as const)('a log of %s is followed as it grows, wherever it is cut', async (_, open, write) => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
      async (list, cuts) => {
        const whole = write(list);
        const file = open();
        for (const share of [...cuts.toSorted((a, b) => a - b), 1]) {
          const there = whole.subarray(0, Math.round(share * whole.length));
          await file.read(async (from, bytes) => there.subarray(from, from + bytes));
        }
        const step = await file.read(async (from, bytes) => whole.subarray(from, from + bytes));
        expect(step).toBe((list.at(-1)?.[0] ?? 0) + 1);
      },
    ),
    { numRuns: 60 },
  );
});

test('a record of megabytes is passed over, and what follows is read', async () => {
  const long = Buffer.concat([event(4), event(5, 5_000_000), event(6)]);
  const file = new EventFile();
  const read = (from: number, bytes: number) => Promise.resolve(long.subarray(from, from + bytes));
  expect(await file.read(read)).toBe(6);
});

test('whatever is in a file, reading it ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
      for (const file of [new EventFile(), new WandbFile()]) {
        const step = await file.read(async (from, count) =>
          Buffer.from(bytes).subarray(from, from + count),
        );
        expect(step === undefined || step >= 0).toBe(true);
      }
    }),
  );
});

function read(folder: string, since = 0) {
  const logs = new RunLogs(thisMachine());
  return logs.read([folder], { job: 'train' }, since, AbortSignal.timeout(10_000));
}

test('each run has a step of its own, however it writes it', async () => {
  const folder = folderWith({
    'runs/a/events.out.tfevents.1.host': Buffer.concat([event(0), event(10), event(20)]),
    'wandb/run-1/run-x.wandb': wandbLog([history(7), history(8)]),
    'wandb/run-1/files/wandb-summary.json': '{"_step": 6, "loss": 1}',
    'mlruns/0/abc/metrics/loss': '1760000000 1.5 3\n1760000001 1.4 4\n',
    'mlruns/0/abc/metrics/accuracy': '1760000001 0.4 2\n',
    'data/events.out.tfevents.2.host': event(99),
    'notes.txt': 'step 5',
    'other/wandb-summary.json': 'no JSON',
  });
  const found = await read(folder);
  const byRun = found.map(({ series, value }) => [series.slice(folder.length), value]);
  expect(new Map(byRun as [string, number][])).toEqual(
    new Map([
      ['/runs/a/events.out.tfevents.1.host', 20],
      ['/wandb/run-1', 8],
      ['/mlruns/0/abc/metrics', 4],
    ]),
  );
  for (const one of found) {
    expect(one).toMatchObject({ counter: 'steps', fromZero: false, of: { job: 'train' } });
  }
});

test('runs that ended before the job began are not its own', async () => {
  const folder = folderWith({ 'runs/a/events.out.tfevents.1.host': event(10) });
  const past = (Date.now() - 2 * HOUR) / 1000;
  utimesSync(join(folder, 'runs/a/events.out.tfevents.1.host'), past, past);
  expect(await read(folder)).toHaveLength(1);
  expect(await read(folder, Date.now() - HOUR)).toEqual([]);
  expect(await read(join(folder, 'nowhere'))).toEqual([]);
});
