import zlib from 'node:zlib';

import { fromRaw, type RawImage } from './images.js';

export interface ApngPart {
  readonly image: RawImage;
  readonly left?: number;
  readonly top?: number;
  readonly dispose?: 0 | 1 | 2;
  readonly blend?: 0 | 1;
}

/** An animated PNG; the first part is as large as the whole. `hidden` is shown by other decoders. */
export async function apng(parts: readonly ApngPart[], hidden?: RawImage): Promise<Buffer> {
  const first = chunksOf(await encode(parts[0]!.image));
  const control = Buffer.alloc(8);
  control.writeUInt32BE(parts.length, 0);
  const chunks = [pngChunk('IHDR', dataOf(first, 'IHDR')[0]!), pngChunk('acTL', control)];
  if (hidden !== undefined) {
    const data = dataOf(chunksOf(await encode(hidden)), 'IDAT');
    chunks.push(...data.map((part) => pngChunk('IDAT', part)));
  }
  let sequence = 0;
  for (const [i, part] of parts.entries()) {
    const { image, left = 0, top = 0, dispose = 0, blend = 0 } = part;
    const frame = Buffer.alloc(26);
    [sequence++, image.width, image.height, left, top].forEach((value, field) => {
      frame.writeUInt32BE(value, 4 * field);
    });
    frame.set([0, 1, 0, 10, dispose, blend], 20);
    chunks.push(pngChunk('fcTL', frame));
    for (const data of dataOf(chunksOf(await encode(image)), 'IDAT')) {
      if (i === 0 && hidden === undefined) chunks.push(pngChunk('IDAT', data));
      else {
        const numbered = Buffer.alloc(4 + data.length);
        numbered.writeUInt32BE(sequence++, 0);
        numbered.set(data, 4);
        chunks.push(pngChunk('fdAT', numbered));
      }
    }
  }
  return png([...chunks, pngChunk('IEND', Buffer.alloc(0))]);
}

export function png(chunks: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...chunks]);
}

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(zlib.crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}

/** All of one kind: the frames of an animation share a header. */
function encode(image: RawImage): Promise<Buffer> {
  return fromRaw(image).ensureAlpha().png().toBuffer();
}

function chunksOf(file: Buffer): { type: string; data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    chunks.push({ type, data: file.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return chunks;
}

function dataOf(chunks: ReturnType<typeof chunksOf>, wanted: string): Buffer[] {
  return chunks.filter(({ type }) => type === wanted).map(({ data }) => data);
}
