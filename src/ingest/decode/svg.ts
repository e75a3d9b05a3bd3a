import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { ImageError } from '../../errors.js';

const gunzip = promisify(zlib.gunzip);

/** Larger drawings are refused: their tree takes many times as much memory. */
const maxSvgBytes = 2 ** 24;

/** Memory that a drawing takes while it is rendered, for each byte of it. */
export const svgBytesPerByte = 8;

/**
 * Unpacks a drawing if it is compressed, and refuses one that isn't complete in itself. Nothing
 * that a drawing refers to is ever fetched or opened: librsvg has no base URL for it, and leaves
 * out what is elsewhere, so the picture would lack a part.
 *
 * @throws ImageError
 */
export async function completeSvg(bytes: Uint8Array): Promise<Uint8Array> {
  const plain = bytes[0] === 0x1f ? await unpack(bytes) : bytes;
  if (plain.length > maxSvgBytes) {
    throw new ImageError(`Expected an SVG of at most ${maxSvgBytes} bytes, found ${plain.length}`);
  }
  const source = Buffer.from(plain.buffer, plain.byteOffset, plain.length).toString('utf8');
  if (!/<(?:[a-z]+:)?svg[\s>]/.test(source)) {
    throw new ImageError('Expected an image, found gzip of something else');
  }
  const elsewhere = referencesElsewhere.map((found) => found.exec(source)?.[1]).find(Boolean);
  if (elsewhere !== undefined) {
    throw new ImageError(
      `Expected an SVG that is complete in itself, this one refers to ${elsewhere.slice(0, 100)}`,
    );
  }
  return plain;
}

async function unpack(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await gunzip(bytes, { maxOutputLength: maxSvgBytes });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ImageError(`Expected a compressed SVG of at most ${maxSvgBytes} bytes: ${why}`, {
      cause: error,
    });
  }
}

/** What shows in the picture and lies elsewhere; a link that a reader may follow doesn't. */
const referencesElsewhere: readonly RegExp[] = [
  /<(?:[a-z]+:)?(?:image|feImage|use)\b[^>]{0,4096}?\bhref\s*=\s*["']\s*(?!data:|#|["'])([^"']+)/i,
  /<(?:[a-z]+:)?include\b[^>]{0,4096}?\bhref\s*=\s*["']([^"']+)/i,
  /<\?xml-stylesheet\b[^>]{0,4096}?\bhref\s*=\s*["'](?!data:|#)([^"']+)/i,
  /@import\s+(?:url\()?\s*["']?(?!data:)([^"')\s;]+)/i,
  /\burl\(\s*["']?(?!data:|#|&quot;)((?:[a-z]+:|\/|\.)[^"')]+)/i,
  /<!ENTITY\s+[^>"']{1,200}?\b(?:SYSTEM|PUBLIC)\s+["']([^"']+)/i,
];
