import {
  ExpositionReader,
  MAX_LINE,
  type Summary,
} from '@burnrate/shared/sources/exposition/reader.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Reading, readSlowly } from './reference.ts';

const FAMILIES = ['up', 'DCGM_FI_DEV_GPU_UTIL', 'DCGM_FI_DEV_GPU_UTIL_2', 'gpu.power', 'a:b'];
const LABELS = ['gpu', 'UUID', 'pod', 'label.name', '_'];

/** Reads the pieces, wanting all that the tests know. */
function read(...pieces: (string | Uint8Array)[]): Summary & { readings_: Reading[] } {
  const readings_: Reading[] = [];
  const reader = new ExpositionReader(
    { families: FAMILIES, labels: LABELS },
    (family, labels, value) => {
      const named = labels.map((label, index) => [LABELS[index] ?? '', label] as const);
      readings_.push({
        family: FAMILIES[family] ?? '',
        labels: Object.fromEntries(named.filter(([, label]) => label !== undefined)) as Record<
          string,
          string
        >,
        value,
      });
    },
  );
  for (const piece of pieces) reader.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
  return { ...reader.end(), readings_ };
}

const only = (text: string) => read(text).readings_;

describe('what it reads', () => {
  test('what dcgm-exporter writes', () => {
    const text = `# HELP DCGM_FI_DEV_GPU_UTIL GPU utilization (in %).
# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-a",pci_bus_id="00000000:07:00.0",modelName="NVIDIA A100-SXM4-40GB"} 92
DCGM_FI_DEV_GPU_UTIL{gpu="1",UUID="GPU-b",pci_bus_id="00000000:0A:00.0",modelName="NVIDIA A100-SXM4-40GB"} 9223372036854775794
`;
    expect(read(text)).toMatchObject({ lines: 4, readings: 2, malformed: 0 });
    expect(only(text)).toEqual([
      { family: 'DCGM_FI_DEV_GPU_UTIL', labels: { gpu: '0', UUID: 'GPU-a' }, value: 92 },
      {
        family: 'DCGM_FI_DEV_GPU_UTIL',
        labels: { gpu: '1', UUID: 'GPU-b' },
        value: 2 ** 63,
      },
    ]);
  });

  test.each([
    ['up 1', {}, 1],
    ['up\t1 1700000000000', {}, 1],
    ['  up  {  gpu = "0" , }  2  ', { gpu: '0' }, 2],
    ['up{} 3', {}, 3],
    ['up{gpu="0",} +4.5e-3 1700000000.123', { gpu: '0' }, 4.5e-3],
    ['up{gpu="a\\\\b\\"c\\nd\\e"} 5', { gpu: 'a\\b"c\nd\\e' }, 5],
    ['up{gpu="}, up{"} 6', { gpu: '}, up{' }, 6],
    ['up{gpu="größe 🚀"} 7', { gpu: 'größe 🚀' }, 7],
    ['up 8 # {trace_id="KOO5S4vxi0o"} 0.67', {}, 8],
    ['up 9 1700000000 # {trace_id="x"} 0.67 1700000000.1', {}, 9],
    ['{"up",gpu="1"} 10', { gpu: '1' }, 10],
    ['up{"label.name"="x"} 11', { 'label.name': 'x' }, 11],
    ['up NaN', {}, Number.NaN],
    ['up +Inf', {}, Number.POSITIVE_INFINITY],
    ['up -Inf', {}, Number.NEGATIVE_INFINITY],
    ['up infinity', {}, Number.POSITIVE_INFINITY],
    ['up .5', {}, 0.5],
    ['up 1.', {}, 1],
    ['up -0', {}, -0],
    ['up 123456789012345678', {}, 123456789012345680],
    ['up 0.000000000000000000000000001', {}, 1e-27],
  ])('%s', (line, labels, value) => {
    expect(only(`${line}\n`)).toEqual([{ family: 'up', labels, value }]);
  });

  test('families of no interest, comments, blank lines and the end mark are passed over', () => {
    const text =
      '\n# EOF of nothing\n \t\nother{gpu="0"} what?\nup 1\r\n\r\n# TYPE up gauge\n# UNIT up x\n# EOF';
    expect(read(text)).toMatchObject({ lines: 9, readings: 1, malformed: 0 });
  });

  test('a name that begins as another does is a family of its own', () => {
    const families = only(
      'DCGM_FI_DEV_GPU_UTIL 1\nDCGM_FI_DEV_GPU_UTIL_2 2\nDCGM_FI_DEV_GPU_UTIL 3\nup 4\n',
    ).map(({ family }) => family);
    expect(families).toEqual([
      'DCGM_FI_DEV_GPU_UTIL',
      'DCGM_FI_DEV_GPU_UTIL_2',
      'DCGM_FI_DEV_GPU_UTIL',
      'up',
    ]);
  });

  test.each([
    ['up', 'no value'],
    ['up x', 'not a number'],
    ['up 0x10', 'not a number'],
    ['up 1_000', 'not a number'],
    ['up{gpu="0"', 'brace'],
    ['up{gpu="0} 1', 'quote'],
    ['up{gpu=0} 1', 'not in quotes'],
    ['up{gpu} 1', 'without a value'],
    ['up{gpu="0" UUID="1"} 1', 'comma'],
    ['up{="0"} 1', 'without a name'],
    ['up{"up"} 1', 'two names'],
    ['up-time 1', 'no name has'],
    ['{gpu="0"} 1', 'no name'],
    ['<!doctype html>', 'begin'],
    ['up 1 soon', 'not a time'],
    ['up 1 2 3', 'follows'],
  ])('what makes no sense is counted and said: %s', (line, reason) => {
    const result = read(`up 1\n${line}\nup 2\n`);
    expect(result).toMatchObject({ lines: 3, readings: 2, malformed: 1 });
    expect(result.firstMalformed).toEqual({ line: 2, reason: expect.stringContaining(reason) });
  });

  test('a line without end is given up, and the next one read', () => {
    const long = 'x'.repeat(64 * 1024);
    const result = read('up{gpu="', ...Array.from({ length: 40 }, () => long), '"} 1\nup 2\n');
    expect(result.firstMalformed?.reason).toContain('longer than');
    expect(result.readings_).toEqual([{ family: 'up', labels: {}, value: 2 }]);
    expect(read(`up{gpu="${'x'.repeat(MAX_LINE)}"} 1\nup 2\n`)).toMatchObject({
      readings: 1,
      malformed: 1,
    });
  });
});

describe('whatever comes', () => {
  const label = fc.tuple(
    fc.constantFrom(...LABELS, 'other'),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  );
  const reading = fc.record({
    family: fc.constantFrom(...FAMILIES, 'unwanted'),
    labels: fc.array(label, { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs)),
    value: fc.oneof(
      fc.double(),
      fc.integer(),
      fc.constantFrom(Number.NaN, Infinity, -Infinity, 2 ** 63, 0.1),
    ),
  });
  type Style = typeof style extends fc.Arbitrary<infer T> ? T : never;
  const style = fc.record({
    blank: fc.constantFrom('', ' ', '\t '),
    comma: fc.constantFrom('', ','),
    tail: fc.constantFrom('', ' 1700000000000', ' 1700000000.5 # {a="b"} 1', ' # {} 2'),
    quoted: fc.boolean(),
    before: fc.constantFrom('', '# HELP up x\\ny\n', '\n', '# anything {"\n'),
  });

  function print({ family, labels, value }: Reading, look: Style): string {
    const escaped = (text: string) =>
      text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    const plain = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(family) && !look.quoted;
    const parts = [
      ...(plain ? [] : [`"${family}"`]),
      ...Object.entries(labels).map(
        ([name, text]) =>
          `${name.includes('.') ? `"${name}"` : name}${look.blank}=${look.blank}"${escaped(text)}"`,
      ),
    ];
    const block =
      parts.length > 0
        ? `{${look.blank}${parts.join(`${look.blank},`)}${parts.length > 0 ? look.comma : ''}${look.blank}}`
        : '';
    const number = Object.is(value, -0)
      ? '-0'
      : value === Infinity
        ? '+Inf'
        : value === -Infinity
          ? '-Inf'
          : String(value);
    return `${look.before}${plain ? family : ''}${block} ${number}${look.tail}`;
  }

  const wantedOf = (readings: readonly Reading[]) =>
    readings
      .filter(({ family }) => FAMILIES.includes(family))
      .map((one) => ({
        ...one,
        labels: Object.fromEntries(
          Object.entries(one.labels).filter(([name]) => LABELS.includes(name)),
        ),
      }));

  const lines = fc.array(fc.tuple(reading, style), { maxLength: 12 });

  test('what is printed is read', () => {
    fc.assert(
      fc.property(lines, fc.constantFrom('\n', '\r\n'), (printed, end) => {
        const text = printed
          .map(([one, look]) => print(one, look).replaceAll('\n', end) + end)
          .join('');
        const result = read(text);
        expect(result.firstMalformed).toBeUndefined();
        expect(result.readings_).toEqual(wantedOf(printed.map(([one]) => one)));
      }),
      { numRuns: 400 },
    );
  });

  /** Text that is nearly an exposition. */
  const nearly = fc
    .array(
      fc.constantFrom(
        'up',
        'DCGM_FI_DEV_GPU_UTIL',
        '{',
        '}',
        '"',
        '\\',
        '\\n',
        ',',
        '=',
        ' ',
        '\t',
        '\n',
        '\r\n',
        '#',
        'gpu',
        'UUID',
        'gpu="0"',
        '{gpu="0",UUID="x"} 1\n',
        '1',
        '-',
        '.',
        'e5',
        'NaN',
        'Inf',
        'é',
        'up 1\n',
        ':',
        '9',
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join(''));

  test('it agrees with the obvious reader, on sense and nonsense', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          nearly,
          lines.map((printed) => printed.map(([one, look]) => print(one, look)).join('\n')),
        ),
        (text) => {
          const slow = readSlowly(text);
          const result = read(text);
          expect(result.readings_).toEqual(wantedOf(slow.filter((one) => one !== undefined)));
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('where it is cut does not matter', () => {
    fc.assert(
      fc.property(nearly, fc.array(fc.nat(200), { maxLength: 6 }), (text, cuts) => {
        const bytes = Buffer.from(text);
        const edges = [
          0,
          ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
          bytes.length,
        ];
        const pieces = edges.slice(1).map((to, index) => bytes.subarray(edges[index] ?? 0, to));
        expect(read(...pieces)).toEqual(read(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('what was read before does not matter, nor that its bytes have changed since', () => {
    const text = fc.oneof(nearly, fc.constant('up{gpu="0"} 1\nup{gpu="1"} 2\n'));
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.nat(200), fc.boolean())), (texts) => {
        let taken: unknown[] = [];
        const reader = new ExpositionReader(
          { families: FAMILIES, labels: LABELS },
          (family, labels, value) => taken.push([family, [...labels], value]),
        );
        const lent = Buffer.alloc(4096);
        const push = (bytes: Buffer) => {
          bytes.copy(lent);
          reader.push(lent.subarray(0, bytes.length));
          lent.fill('"');
        };
        for (const [one, cut, isWhole] of texts) {
          const bytes = Buffer.from(one);
          reader.restart();
          taken = [];
          push(bytes.subarray(0, cut));
          if (!isWhole) continue;
          push(bytes.subarray(cut));
          const { readings_, ...summary } = read(bytes);
          expect(reader.end()).toEqual(summary);
          expect(taken).toEqual(
            readings_.map(({ family, labels, value }) => [
              FAMILIES.indexOf(family),
              LABELS.map((label) => labels[label]),
              value,
            ]),
          );
        }
      }),
      { numRuns: 500 },
    );
  });

  test('labels that are other ones each time do not gather', () => {
    const kept = new Set<unknown>();
    const reader = new ExpositionReader({ families: ['up'], labels: ['pod'] }, (_, labels) => {
      kept.add(labels);
    });
    const once = Buffer.from(`up{pod="${'p'.repeat(40_000)}"} 1\n`);
    for (const _ of [1, 2, 3]) {
      reader.restart();
      reader.push(once);
    }
    // The same labels are one list, as long as what was kept is little.
    expect(kept.size).toBe(1);
    for (const pod of ['a', 'b']) {
      reader.restart();
      reader.push(Buffer.from(`up{pod="${pod.repeat(40_000)}"} 1\n`));
    }
    reader.restart();
    reader.push(once);
    expect(kept.size).toBe(4);
  });

  test('how lines end does not matter', () => {
    fc.assert(
      fc.property(nearly, (text) => {
        const plain = text.replaceAll('\r', '');
        expect(read(plain.replaceAll('\n', '\r\n')).readings_).toEqual(read(plain).readings_);
      }),
      { numRuns: 1000 },
    );
  });

  test('any bytes are survived', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.uint8Array({ maxLength: 60 }),
            nearly.map((text) => new Uint8Array(Buffer.from(text))),
          ),
          { maxLength: 8 },
        ),
        (pieces) => {
          const result = read(...pieces);
          expect(result.readings).toBe(result.readings_.length);
          expect(result.readings + result.malformed).toBeLessThanOrEqual(result.lines);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('time grows with size, whatever the bytes: megabytes of the worst are read', () => {
    const size = 4 * 1024 * 1024;
    for (const unit of [
      '{',
      'up{',
      'up{gpu="',
      'up{gpu="\\',
      'a',
      '\n',
      'a\n',
      '" ',
      'up 1 #',
      '{"',
    ]) {
      const bytes = Buffer.alloc(size, unit);
      expect(read(bytes).lines).toBeGreaterThan(0);
      const pieces = Array.from({ length: size / 4096 }, (_, index) =>
        bytes.subarray(index * 4096, (index + 1) * 4096),
      );
      expect(read(...pieces).lines).toBe(read(bytes).lines);
    }
  });
});
