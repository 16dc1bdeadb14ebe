import { AnswerError, AnswerReader, type Head } from '@burnrate/shared/sources/dcgm/wire/answer.ts';
import fc from 'fast-check';
import { expect, test } from 'vitest';

/** Reads an answer in pieces that end where they are told to, all in one buffer as from a socket. */
function read(bytes: Buffer, ends: readonly number[] = []) {
  const heads: Head[] = [];
  const body: Buffer[] = [];
  const reader = new AnswerReader({
    onHead: (head) => heads.push(head),
    onBody: (part) => body.push(Buffer.from(part)),
  });
  const lent = Buffer.alloc(bytes.length);
  const cuts = [...ends.map((end) => end % (bytes.length + 1)), bytes.length];
  let from = 0;
  for (const to of cuts.toSorted((a, b) => a - b)) {
    bytes.copy(lent, 0, from, to);
    reader.push(lent.subarray(0, to - from));
    from = to;
  }
  return { reader, heads, body: () => Buffer.concat(body) };
}

function chunked(parts: readonly Uint8Array[], extension: string): Buffer {
  const chunks = parts
    .filter((part) => part.length > 0)
    .map((part) =>
      Buffer.concat([
        Buffer.from(`${part.length.toString(16)}${extension}\r\n`),
        part,
        Buffer.from('\r\n'),
      ]),
    );
  return Buffer.concat([...chunks, Buffer.from('0\r\nx-trailer: 1\r\n\r\n')]);
}

const answers = fc.record({
  parts: fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }),
  framing: fc.constantFrom('sized', 'chunked', 'open'),
  extension: fc.constantFrom('', ';a=b', ' ; q="1"'),
  early: fc.constantFrom('', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'),
  ends: fc.array(fc.nat(), { maxLength: 12 }),
});

function written({ parts, framing, extension, early }: Record<string, unknown>): Buffer {
  const bodies = parts as Uint8Array[];
  const body = Buffer.concat(bodies);
  const field = {
    sized: `Content-Length: ${body.length}\r\n`,
    chunked: 'Transfer-Encoding: chunked\r\n',
    open: '',
  }[framing as 'sized'];
  return Buffer.concat([
    Buffer.from(`${early}HTTP/1.1 200 OK\r\nContent-Type:text/plain \r\n${field}\r\n`),
    framing === 'chunked' ? chunked(bodies, extension as string) : body,
  ]);
}

test('however an answer is framed and cut, its head and its body are read', () => {
  fc.assert(
    fc.property(answers, (answer) => {
      const { reader, heads, body } = read(written(answer), answer.ends);
      if (answer.framing === 'open') {
        expect(reader.done).toBe(false);
        reader.end();
      }
      expect(reader.done).toBe(true);
      expect(reader.reusable).toBe(answer.framing !== 'open');
      expect(heads).toHaveLength(1);
      expect(heads[0]).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain' } });
      expect(body().equals(Buffer.concat(answer.parts))).toBe(true);
    }),
  );
});

test('an answer that ends too early is never taken for a whole one', () => {
  fc.assert(
    fc.property(answers, fc.nat(), (answer, cut) => {
      fc.pre(answer.framing !== 'open');
      const whole = written(answer);
      const { reader } = read(whole.subarray(0, cut % whole.length));
      expect(reader.done).toBe(false);
      expect(() => reader.end()).toThrow('hang up');
    }),
  );
});

test('whatever bytes come, nothing is thrown but what says that they are no HTTP', () => {
  const flipped = fc
    .tuple(answers, fc.array(fc.tuple(fc.nat(), fc.nat(255))))
    .map(([answer, flips]) => {
      const bytes = written(answer);
      for (const [at, to] of flips) bytes[at % bytes.length] = to;
      return bytes;
    });
  const garbage = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(flipped, garbage), fc.array(fc.nat()), (bytes, ends) => {
      try {
        const { heads, body } = read(bytes, ends);
        expect(heads.length).toBeLessThanOrEqual(1);
        expect(body().length).toBeLessThanOrEqual(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(AnswerError);
      }
    }),
    { numRuns: 400 },
  );
});

const OK = 'HTTP/1.1 200 OK\r\n';

test.each([
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 'HPE_INVALID_CONSTANT'],
  ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n', 'HPE_INVALID_CONSTANT'],
  ['two lengths', `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 'CONTENT_LENGTH'],
  [
    'a length beside chunks',
    `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'HPE_UNEXPECTED_CONTENT_LENGTH',
  ],
  ['a negative length', `${OK}Content-Length: -1\r\n\r\n`, 'HPE_INVALID_CONTENT_LENGTH'],
  ['an unknown coding', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`, 'TRANSFER_ENCODING'],
  ['a folded line', `${OK}A: b\r\n c: d\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
  ['a blank before the colon', `${OK}Content-Length : 3\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
  ['a bare CR in a value', `${OK}A: b\rContent-Length: 3\r\n\r\n`, 'HPE_INVALID_HEADER_TOKEN'],
  ['another protocol from here on', 'HTTP/1.1 101 Switching\r\n\r\n', 'HPE_INVALID_STATUS'],
  [
    'a chunk of no size',
    `${OK}Transfer-Encoding: chunked\r\n\r\n0x3\r\n`,
    'HPE_INVALID_CHUNK_SIZE',
  ],
  [
    'a chunk longer than it says',
    `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n`,
    'HPE_STRICT',
  ],
  ['a head without an end', OK + 'a: b\r\n'.repeat(4_000), 'HPE_HEADER_OVERFLOW'],
  ['a line without an end', `${OK}a: ${'b'.repeat(20_000)}`, 'HPE_HEADER_OVERFLOW'],
  [
    'a trailer without an end',
    `${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n${'a: b\r\n'.repeat(4_000)}`,
    'HPE_HEADER_OVERFLOW',
  ],
  [
    'a size without an end',
    `${OK}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(300)}`,
    'HPE_INVALID_CHUNK_SIZE',
  ],
  ['hints without an end', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1_000), 'HPE_HEADER_OVERFLOW'],
])('%s is refused', (_, text, code) => {
  expect(() => read(Buffer.from(text, 'latin1'))).toThrow(code);
});

test('what follows an answer unasked is not read, and ends the use of the connection', () => {
  const first = `${OK}Content-Length: 2\r\n\r\nok`;
  const { reader, heads, body } = read(Buffer.from(first + first.replace('ok', 'no')));
  expect(heads).toHaveLength(1);
  expect(body().toString()).toBe('ok');
  expect(reader.reusable).toBe(false);
});

test.each([
  ['HTTP/1.1 200 OK\r\nConnection: Keep-Alive, Close\r\nContent-Length: 0\r\n\r\n', false],
  ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', false],
  ['HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n', true],
  ['HTTP/1.1 204\r\n\r\n', true],
])('%j leaves the connection open: %s', (text, open) => {
  const { reader } = read(Buffer.from(text));
  expect(reader.done).toBe(true);
  expect(reader.reusable).toBe(open);
});
