import zlib from 'node:zlib';
import { ImageError } from '../../errors.js';
import { pngChunks } from './png-chunks.js';

/** A frame of an animated PNG: a picture, and how it changes the canvas. */
export interface ApngFrame {
  /** A PNG of this frame alone, `width × height`. */
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  /** What becomes of its part of the canvas before the next frame. */
  readonly dispose: 'none' | 'background' | 'previous';
  /** Whether it replaces its part of the canvas, or is laid on it. */
  readonly blend: 'source' | 'over';
}

/**
 * The frames of an animated PNG (PNG, third edition, 11.3.6). A default image that isn't part of
 * the animation is left out.
 *
 * @throws ImageError when a frame lies outside the canvas, or one is missing.
 */
export function* apngFrames(bytes: Uint8Array): Generator<ApngFrame> {
  const shared: Uint8Array[] = [];
  let header: Uint8Array | undefined;
  let control: Uint8Array | undefined;
  let data: Uint8Array[] = [];
  for (const chunk of pngChunks(bytes)) {
    if (chunk.type === 'IHDR') header = chunk.data;
    else if (chunk.type === 'fcTL') {
      if (control !== undefined) yield makeFrame(header, shared, control, data);
      control = chunk.data;
      data = [];
    } else if (chunk.type === 'IDAT') {
      if (control !== undefined) data.push(chunk.data);
    } else if (chunk.type === 'fdAT') data.push(chunk.data.subarray(4));
    else if (/^(?:PLTE|tRNS|gAMA|cHRM|sRGB|iCCP|sBIT)$/.test(chunk.type)) {
      shared.push(asChunk(chunk.type, chunk.data));
    }
  }
  if (control !== undefined) yield makeFrame(header, shared, control, data);
}

function makeFrame(
  header: Uint8Array | undefined,
  shared: readonly Uint8Array[],
  control: Uint8Array,
  data: readonly Uint8Array[],
): ApngFrame {
  if (header?.length !== 13 || control.length !== 26 || data.length === 0) {
    throw new ImageError('The PNG is broken: a frame of its animation is not whole');
  }
  const canvas = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const view = new DataView(control.buffer, control.byteOffset, control.byteLength);
  const [width, height, left, top] = [4, 8, 12, 16].map((at) => view.getUint32(at)) as Box;
  if (left + width > canvas.getUint32(0) || top + height > canvas.getUint32(4)) {
    throw new ImageError('The PNG is broken: a frame of its animation lies outside the image');
  }
  const frameHeader = Buffer.from(header);
  frameHeader.writeUInt32BE(width, 0);
  frameHeader.writeUInt32BE(height, 4);
  const png = Buffer.concat([
    signature,
    asChunk('IHDR', frameHeader),
    ...shared,
    ...data.map((part) => asChunk('IDAT', part)),
    asChunk('IEND', new Uint8Array(0)),
  ]);
  const dispose = (['none', 'background', 'previous'] as const)[control[24]!] ?? 'none';
  const blend = control[25] === 1 ? 'over' : 'source';
  return { png, width, height, left, top, dispose, blend };
}

type Box = [width: number, height: number, left: number, top: number];

const signature = Buffer.from('89504e470d0a1a0a', 'hex');

function asChunk(type: string, data: Uint8Array): Uint8Array {
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(zlib.crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}
