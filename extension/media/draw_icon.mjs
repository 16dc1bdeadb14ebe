import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

// Draws icon.png, the marketplace's picture: `node extension/media/draw_icon.mjs`.

const SIZE = 128;
/** Each pixel is the mean of this many points in each direction. */
const FINE = 4;

/** Outlines as cubic curves: a start, then three points a curve. In pixels of the picture. */
const OUTER = [
  [67, 14],
  [71, 34, 61, 44, 51, 55],
  [41, 66, 32, 75, 32, 90],
  [32, 106, 46, 116, 64, 116],
  [82, 116, 96, 106, 96, 88],
  [96, 75, 90, 64, 83, 57],
  [82, 65, 79, 70, 73, 74],
  [76, 54, 73, 31, 67, 14],
];
const INNER = [
  [61, 72],
  [56, 81, 49, 87, 49, 97],
  [49, 107, 56, 112, 64, 112],
  [72, 112, 80, 107, 80, 96],
  [80, 86, 71, 79, 61, 72],
];

const outer = polygonOf(OUTER);
const inner = polygonOf(INNER);

function polygonOf([start, ...curves]) {
  const points = [start];
  for (const [ax, ay, bx, by, x, y] of curves) {
    const [fromX, fromY] = points.at(-1);
    for (let step = 1; step <= 16; step++) {
      const t = step / 16;
      const u = 1 - t;
      const at = (p0, p1, p2, p3) =>
        u ** 3 * p0 + 3 * u * u * t * p1 + 3 * u * t * t * p2 + t ** 3 * p3;
      points.push([at(fromX, ax, bx, x), at(fromY, ay, by, y)]);
    }
  }
  return points;
}

function isInside(points, x, y) {
  let inside = false;
  for (const [index, [ax, ay]] of points.entries()) {
    const [bx, by] = points[(index + 1) % points.length];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** A square with rounded corners. */
function isTile(x, y, radius = 26) {
  const dx = Math.max(radius - x, x - (SIZE - radius), 0);
  const dy = Math.max(radius - y, y - (SIZE - radius), 0);
  return dx * dx + dy * dy <= radius * radius;
}

const between = (from, to, part) => from.map((value, index) => value + (to[index] - value) * part);

/** Red, green, blue and opacity of one point. */
function colourAt(x, y) {
  if (!isTile(x, y)) return [0, 0, 0, 0];
  const down = y / SIZE;
  if (isInside(inner, x, y)) return [...between([255, 244, 190], [255, 206, 84], down), 255];
  if (isInside(outer, x, y)) return [...between([255, 120, 40], [226, 60, 28], down), 255];
  return [...between([46, 34, 30], [22, 17, 18], down), 255];
}

function pixelAt(column, row) {
  const sum = [0, 0, 0, 0];
  for (let index = 0; index < FINE * FINE; index++) {
    const x = column + ((index % FINE) + 0.5) / FINE;
    const y = row + (Math.floor(index / FINE) + 0.5) / FINE;
    const [red, green, blue, opacity] = colourAt(x, y);
    for (const [channel, value] of [red, green, blue].entries()) sum[channel] += value * opacity;
    sum[3] += opacity;
  }
  const [red, green, blue, opacity] = sum;
  const colour = [red, green, blue].map((value) => (opacity > 0 ? value / opacity : 0));
  return [...colour, opacity / (FINE * FINE)].map(Math.round);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function png() {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(SIZE, 0);
  header.writeUInt32BE(SIZE, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const rows = Array.from({ length: SIZE }, (_, row) =>
    Buffer.from([0, ...Array.from({ length: SIZE }, (_, column) => pixelAt(column, row)).flat()]),
  );
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

writeFileSync(new URL('icon.png', import.meta.url), png());
