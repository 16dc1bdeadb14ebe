import { crc32, deflateSync } from 'node:zlib';

/** Red, green and blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** A square of pixels, four bytes each: red, green, blue, and alpha that is not multiplied in. */
export interface Bitmap {
  size: number;
  pixels: Uint8Array;
}

/** What is drawn: whether a point of the unit square, y downwards, is part of it. */
export type Shape = (x: number, y: number) => boolean;

/** Layers of colour, each over the ones before it. `undefined` cuts a hole through them. */
export interface Layer {
  shape: Shape;
  colour: Colour | undefined;
}

/**
 * Paints the layers on a transparent square, each pixel from `samples` x `samples` points, so that
 * edges are smooth at 16 pixels, too.
 */
export function paint(size: number, layers: readonly Layer[], samples = 6): Bitmap {
  const pixels = new Uint8Array(size * size * 4);
  const step = 1 / (size * samples);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const sum = [0, 0, 0];
      let covered = 0;
      for (let index = 0; index < samples * samples; index++) {
        const x = column / size + ((index % samples) + 0.5) * step;
        const y = row / size + (Math.floor(index / samples) + 0.5) * step;
        const colour = layers.findLast(({ shape }) => shape(x, y))?.colour;
        if (!colour) continue;
        covered += 1;
        colour.forEach((value, channel) => {
          sum[channel] = (sum[channel] ?? 0) + value;
        });
      }
      if (covered === 0) continue;
      const at = (row * size + column) * 4;
      pixels.set(
        sum.map((value) => Math.round(value / covered)),
        at,
      );
      pixels[at + 3] = Math.round((covered / (samples * samples)) * 255);
    }
  }
  return { size, pixels };
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The bitmap as a PNG file (ISO/IEC 15948): 8 bits a channel, with alpha, no row filter. */
export function encodePng({ size, pixels }: Bitmap): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const rows = Buffer.alloc(size * (size * 4 + 1));
  for (let row = 0; row < size; row++) {
    rows.set(pixels.subarray(row * size * 4, (row + 1) * size * 4), row * (size * 4 + 1) + 1);
  }
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
