/** A chunk of a PNG: four letters, and where its data lies. */
export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample, or of a palette index. */
  readonly bitDepth: number;
  readonly interlaced: boolean;
  /** Frames of an animated PNG; 1 for others. */
  readonly frames: number;
}

const signatureBytes = 8;

/** The chunks in their order, as far as they are whole; checksums are the decoder's business. */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = signatureBytes;
  while (at + 12 <= bytes.length) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) return;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield { type, data: bytes.subarray(at + 8, at + 8 + length) };
    at += 12 + length;
  }
}

/**
 * Reads IHDR and, of an animated PNG, acTL (PNG, third edition, 11.2.1 and 11.3.6.1).
 *
 * @returns `undefined` where there is no header: decoding will say what is wrong.
 */
export function readPngHeader(bytes: Uint8Array): PngHeader | undefined {
  let header: PngHeader | undefined;
  for (const { type, data } of pngChunks(bytes)) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    if (header === undefined) {
      if (type !== 'IHDR' || data.length !== 13) return undefined;
      header = {
        width: view.getUint32(0),
        height: view.getUint32(4),
        bitDepth: data[8]!,
        interlaced: data[12] !== 0,
        frames: 1,
      };
    } else if (type === 'acTL' && data.length === 8) {
      return { ...header, frames: Math.max(1, view.getUint32(0)) };
    } else if (type === 'IDAT') {
      return header;
    }
  }
  return header;
}
