import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawAppIcon, encodeIcns, encodeIco, LINUX_SIZES } from './app_icon.ts';
import { encodePng } from './bitmap.ts';

// Draws the app's icons for all platforms into the folder that electron-builder.yml names.
const build = join(import.meta.dirname, 'build');
const themed = join(build, 'icons');
mkdirSync(themed, { recursive: true });
writeFileSync(join(build, 'icon.icns'), encodeIcns());
writeFileSync(join(build, 'icon.ico'), encodeIco());
writeFileSync(join(build, 'icon.png'), encodePng(drawAppIcon(512)));
for (const size of LINUX_SIZES) {
  writeFileSync(join(themed, `${size}x${size}.png`), encodePng(drawAppIcon(size)));
}
