/**
 * What planefeed reads: for each request, a line of JSON with a file's name and where to put
 * pixels, how it went. The pixels are RGB, 8 bits, in the size of the file's first picture.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import sharp from 'sharp';

import { PlanefeedError } from '#src/errors.js';
import { decodeImage } from '#src/ingest/decode.js';

import type { OurAnswer, PixelRequest } from './answers.js';

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await describe(JSON.parse(line) as PixelRequest).catch(errorOf);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function describe({ file, out, size }: PixelRequest): Promise<OurAnswer> {
  const bytes = readFileSync(file);
  const { height, width } = size ?? (await sizeOf(bytes));
  const pixels = await decodeImage(bytes, { height, width, channels: 'rgb', fit: 'none' });
  writeFileSync(out, pixels);
  return { height, width };
}

/** Of what Pillow doesn't read. */
async function sizeOf(bytes: Uint8Array): Promise<{ height: number; width: number }> {
  try {
    const { autoOrient, pageHeight } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return { width: autoOrient.width, height: pageHeight ?? autoOrient.height };
  } catch {
    return { height: 1, width: 1 }; // decoding will say why it isn't known
  }
}

function errorOf(error: unknown): OurAnswer {
  const reason = error instanceof Error ? error.message : String(error);
  return error instanceof PlanefeedError && error.tag === 'image' ? { reason } : { bug: reason };
}
