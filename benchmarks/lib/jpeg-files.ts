/** JPEGs to ingest: made once by sharp, kept in .cache. */
import fs from 'node:fs';
import path from 'node:path';

import sharp from 'sharp';

import { cacheFolder } from './files.js';

export interface JpegFiles {
  readonly paths: readonly string[];
  readonly height: number;
  readonly width: number;
}

/**
 * Pictures of noise at several scales on a gradient, of about as many bytes a pixel as photos have
 * (2.5 bits at quality 88), each another.
 */
export async function jpegFiles(count: number, height: number, width: number): Promise<JpegFiles> {
  const folder = path.join(cacheFolder, `pictures-${count}x${height}x${width}`);
  fs.mkdirSync(folder, { recursive: true });
  const paths = Array.from({ length: count }, (_, i) => path.join(folder, `${i}.jpg`));
  for (const [i, file] of paths.entries()) {
    if (fs.existsSync(file)) continue;
    fs.writeFileSync(`${file}.partial`, await picture(height, width, i));
    fs.renameSync(`${file}.partial`, file);
  }
  return { paths, height, width };
}

async function picture(height: number, width: number, number: number): Promise<Buffer> {
  const noise = (scale: number, sigma: number): Promise<Buffer> =>
    sharp({
      create: {
        height: Math.ceil(height / scale),
        width: Math.ceil(width / scale),
        channels: 3,
        background: '#808080',
        noise: { type: 'gaussian', mean: 128, sigma },
      },
    })
      .resize(width, height, { fit: 'fill', kernel: 'cubic' })
      .png({ compressionLevel: 0 })
      .toBuffer();
  const gradient = Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><defs>
      <linearGradient id="g" gradientTransform="rotate(${(number * 37) % 90})">
      <stop offset="0" stop-color="hsl(${(number * 53) % 360} 60% 30%)"/>
      <stop offset="1" stop-color="hsl(${(number * 97) % 360} 60% 80%)"/></linearGradient></defs>
      <rect width="100%" height="100%" fill="url(#g)"/></svg>`,
  );
  return sharp(await noise(2, 16))
    .composite([
      { input: await noise(16, 60), blend: 'soft-light' },
      { input: await sharp(gradient).png().toBuffer(), blend: 'overlay' },
    ])
    .jpeg({ quality: 88 })
    .toBuffer();
}
