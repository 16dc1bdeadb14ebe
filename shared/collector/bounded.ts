import type { Duplex } from 'node:stream';
import {
  type DataCallback,
  type Disposable,
  type Message,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';

/** No request is longer; what comes without end is cut off. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
/** A face that has this many answers waiting unread does not read. */
const MAX_UNREAD = 256;

/** Reads a face's messages; a frame without end is refused before it fills the memory. */
export class BoundedReader extends StreamMessageReader {
  #unframed = 0;

  constructor(socket: Duplex, refuse: (why: string) => void) {
    super(socket);
    socket.on('data', (chunk: Buffer) => {
      this.#unframed += chunk.length;
      if (this.#unframed > MAX_REQUEST_BYTES) refuse('sent a message without end');
    });
    this.onError((error) => refuse(`sent what is not JSON-RPC (${error.message})`));
  }

  override listen(callback: DataCallback): Disposable {
    return super.listen((message) => {
      this.#unframed = 0;
      callback(message);
    });
  }
}

/** Writes to a face; one that asks on and on but never reads is refused. */
export class BoundedWriter extends StreamMessageWriter {
  readonly #refuse: (why: string) => void;
  #unread = 0;

  constructor(socket: Duplex, refuse: (why: string) => void) {
    super(socket);
    this.#refuse = refuse;
  }

  override async write(message: Message): Promise<void> {
    this.#unread += 1;
    if (this.#unread > MAX_UNREAD) this.#refuse('does not read its answers');
    try {
      await super.write(message);
    } finally {
      this.#unread -= 1;
    }
  }
}
