/** What comes before a body. */
export interface Head {
  status: number;
  /** By their names in lower case; of several of one name the first. */
  headers: Readonly<Record<string, string>>;
}

export interface Receiver {
  /** May throw: then the answer is not read any further. */
  onHead(head: Head): void;
  /** The next bytes of the body, which are only lent: they change after the call. May throw. */
  onBody(bytes: Buffer): void;
}

/** As much as Node's own client reads of what comes before a body, and of what may come after it. */
const MAX_HEAD = 16 * 1024;
/** `1f4;name=value`: nobody's extensions are longer. */
const MAX_CHUNK_LINE = 256;

const NEWLINE = 0x0a;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/;
const CHUNK_SIZE = /^([0-9a-f]{1,8})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;

type Part = 'head' | 'sized' | 'open' | 'size' | 'chunk' | 'gap' | 'trailer' | 'done';

/** An answer that is none in HTTP; the codes are those of Node's own parser. */
export class AnswerError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`not an answer in HTTP (${code})`);
    this.code = code;
  }
}

/**
 * Reads one answer of HTTP/1.1 to a GET as it arrives, in pieces of any size. Strict: what two
 * readers could understand differently (two lengths, a length beside chunks, a folded line, a bare
 * CR) is refused, for the next answer on the connection would begin where nobody can know.
 * https://www.rfc-editor.org/rfc/rfc9112
 */
export class AnswerReader {
  readonly #receiver: Receiver;
  #part: Part = 'head';
  /** Bytes of the body, or of a chunk of it, that are still to come. */
  #left = 0;
  /** The beginning of a line whose end has not arrived. */
  #line = '';
  #lines: string[] = [];
  /** Of the head, or of the trailer, so far. */
  #size = 0;
  #staysOpen = false;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  get done(): boolean {
    return this.#part === 'done';
  }

  /** Whether another request may follow on the same connection. */
  get reusable(): boolean {
    return this.done && this.#staysOpen;
  }

  /** Takes the next bytes. Throws an AnswerError, or what the receiver throws. */
  push(bytes: Buffer): void {
    let index = 0;
    while (index < bytes.length) {
      if (this.#part === 'done') {
        // Nobody has asked for more: whose answer that is cannot be known.
        this.#staysOpen = false;
        return;
      }
      if (this.#part === 'open') {
        this.#receiver.onBody(index === 0 ? bytes : bytes.subarray(index));
        return;
      }
      if (this.#part === 'sized' || this.#part === 'chunk') index = this.#body(bytes, index);
      else index = this.#text(bytes, index);
    }
  }

  /** The other end has closed the connection. Throws where that cuts the answer. */
  end(): void {
    if (this.#part === 'open') this.#part = 'done';
    else if (this.#part !== 'done') throw cut();
    this.#staysOpen = false;
  }

  #body(bytes: Buffer, from: number): number {
    const to = Math.min(bytes.length, from + this.#left);
    this.#left -= to - from;
    this.#receiver.onBody(bytes.subarray(from, to));
    if (this.#left === 0) this.#part = this.#part === 'sized' ? 'done' : 'gap';
    return to;
  }

  /** Takes a line, or what there is of it. */
  #text(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(NEWLINE, from);
    const to = end < 0 ? bytes.length : end;
    const inHead = this.#part === 'head' || this.#part === 'trailer';
    if (inHead) this.#size += to + 1 - from;
    if (this.#size > MAX_HEAD) throw new AnswerError('HPE_HEADER_OVERFLOW');
    if (!inHead && this.#line.length + to - from > MAX_CHUNK_LINE)
      throw new AnswerError('HPE_INVALID_CHUNK_SIZE');
    this.#line += bytes.toString('latin1', from, to);
    if (end < 0) return to;
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    this.#take(line);
    return end + 1;
  }

  #take(line: string): void {
    if (this.#part === 'head') {
      // As in Node's own parser, empty lines may come before an answer.
      if (line !== '') this.#lines.push(line);
      else if (this.#lines.length > 0) this.#begin(this.#lines.splice(0));
    } else if (this.#part === 'size') this.#beginChunk(line);
    else if (this.#part === 'gap') {
      if (line !== '') throw new AnswerError('HPE_STRICT');
      this.#part = 'size';
    } else if (line === '') this.#part = 'done';
  }

  #begin([first = '', ...fields]: string[]): void {
    const [, minor, code] = STATUS_LINE.exec(first) ?? [];
    if (code === undefined) throw new AnswerError('HPE_INVALID_CONSTANT');
    const status = Number(code);
    const headers: Record<string, string> = Object.create(null);
    for (const field of fields) {
      const [, name, value] = FIELD.exec(field) ?? [];
      if (name === undefined || value === undefined)
        throw new AnswerError('HPE_INVALID_HEADER_TOKEN');
      const key = name.toLowerCase();
      if (key === 'content-length' && key in headers)
        throw new AnswerError('HPE_UNEXPECTED_CONTENT_LENGTH');
      if (key === 'transfer-encoding' && key in headers)
        throw new AnswerError('HPE_INVALID_TRANSFER_ENCODING');
      headers[key] ??= value;
    }
    if (status === 101) throw new AnswerError('HPE_INVALID_STATUS');
    // `100 Continue`, `103 Early Hints`: the answer itself is to come.
    if (status < 200) return;
    const asked = (headers.connection ?? '').toLowerCase().split(/[\t ]*,[\t ]*/);
    this.#staysOpen = minor === '1' ? !asked.includes('close') : asked.includes('keep-alive');
    this.#frame(status, headers);
    this.#receiver.onHead({ status, headers });
  }

  /** Finds out how the end of the body will be known. */
  #frame(status: number, headers: Head['headers']): void {
    const { 'content-length': length, 'transfer-encoding': coding } = headers;
    if (coding !== undefined) {
      if (length !== undefined) throw new AnswerError('HPE_UNEXPECTED_CONTENT_LENGTH');
      if (coding.toLowerCase() !== 'chunked')
        throw new AnswerError('HPE_INVALID_TRANSFER_ENCODING');
    } else if (length !== undefined && !/^\d{1,15}$/.test(length))
      throw new AnswerError('HPE_INVALID_CONTENT_LENGTH');
    this.#size = 0;
    this.#left = Number(length ?? 0);
    if (status === 204 || status === 304) this.#part = 'done';
    else if (coding !== undefined) this.#part = 'size';
    else if (length === undefined) this.#part = 'open';
    else this.#part = this.#left === 0 ? 'done' : 'sized';
  }

  #beginChunk(line: string): void {
    const size = CHUNK_SIZE.exec(line)?.[1];
    if (size === undefined) throw new AnswerError('HPE_INVALID_CHUNK_SIZE');
    this.#left = Number.parseInt(size, 16);
    this.#part = this.#left === 0 ? 'trailer' : 'chunk';
  }
}

/** As Node says it of a connection that ends before its answer. */
export function cut(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}
