declare module 'parse-prometheus-text-format' {
  export default function parse(text: string): unknown[];
}

declare module 'papaparse' {
  import type { Duplex } from 'node:stream';

  const papaparse: {
    NODE_STREAM_INPUT: unique symbol;
    parse(input: typeof papaparse.NODE_STREAM_INPUT): Duplex;
  };
  export default papaparse;
}
