import { type Bitmap, type Colour, encodePng, type Layer, paint, type Shape } from './bitmap.ts';
import { flame } from './shapes.ts';

const PLATE: Colour = [0x1b, 0x14, 0x10];
const OUTER: Colour = [0xff, 0x6b, 0x1a];
const INNER: Colour = [0xff, 0xc9, 0x3c];

/** The app's icon: the flame, with a brighter one within, on a dark plate with round corners. */
export function drawAppIcon(size: number): Bitmap {
  const layers: Layer[] = [
    { shape: plate(0.06, 0.2), colour: PLATE },
    { shape: placed(flame, 0.21, 0.15, 0.62), colour: OUTER },
    { shape: placed(flame, 0.36, 0.42, 0.33), colour: INNER },
  ];
  return paint(size, layers, size >= 256 ? 2 : 6);
}

/** A square with a margin on every side, its corners rounded. */
function plate(margin: number, radius: number): Shape {
  const beyond = (value: number) => Math.max(0, Math.abs(value - 0.5) - (0.5 - margin - radius));
  return (x, y) => Math.hypot(beyond(x), beyond(y)) <= radius;
}

/** A shape made smaller, its upper left corner put at a place. */
function placed(shape: Shape, left: number, top: number, scale: number): Shape {
  return (x, y) => shape((x - left) / scale, (y - top) / scale);
}

/** The sizes of PNG files that a Linux icon theme wants, one file each. */
export const LINUX_SIZES = [16, 24, 32, 48, 64, 128, 256, 512] as const;

const ICO_SIZES = [16, 24, 32, 48, 64, 128, 256];

/** A Windows icon: a directory of PNG images, which Windows reads since Vista. */
export function encodeIco(): Buffer {
  const images = ICO_SIZES.map((size) => ({ size, png: encodePng(drawAppIcon(size)) }));
  const head = Buffer.alloc(6 + 16 * images.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  for (const [index, { size, png }] of images.entries()) {
    const at = 6 + 16 * index;
    // A size of 256 is written as 0: there is one byte for it.
    head.set([size % 256, size % 256, 0, 0], at);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([head, ...images.map(({ png }) => png)]);
}

/** Types of an ICNS file whose content is a PNG, and the size in pixels of each. */
const ICNS_TYPES = {
  ic07: 128,
  ic08: 256,
  ic09: 512,
  ic10: 1024,
  ic11: 32,
  ic12: 64,
  ic13: 256,
  ic14: 512,
} as const;

/** A macOS icon. */
export function encodeIcns(): Buffer {
  const pngs = new Map<number, Buffer>();
  const blocks = Object.entries(ICNS_TYPES).map(([type, size]) => {
    const png = pngs.get(size) ?? encodePng(drawAppIcon(size));
    pngs.set(size, png);
    return block(type, png);
  });
  return block('icns', Buffer.concat(blocks));
}

function block(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32BE(content.length + 8, 4);
  return Buffer.concat([head, content]);
}
