import sharp from 'sharp';
import type { FormatEnum } from 'sharp';

/** What the bytes of a file say it is. */
export interface ImageFormat {
  /** As people call it: `JPEG`. */
  readonly name: string;
  /** Whether there is a decoder for it. */
  readonly decodable: boolean;
}

/**
 * The format of a file by its first bytes; its name and extension say nothing.
 *
 * @returns `undefined` for bytes of no format that is known here.
 * @example
 * formatOf(await readFile('photo.png')); // { name: 'JPEG', decodable: true }: mislabelled
 */
export function formatOf(bytes: Uint8Array): ImageFormat | undefined {
  const found = formats.find(({ matches }) => matches(bytes));
  if (found === undefined) return undefined;
  const { name, decoder } = found;
  return { name, decodable: decoder !== undefined && sharp.format[decoder].input.buffer };
}

interface KnownFormat {
  readonly name: string;
  readonly matches: (bytes: Uint8Array) => boolean;
  /** The part of libvips that would decode it, where one is to be used if it is there. */
  readonly decoder?: keyof FormatEnum;
}

/** The first that matches is it. */
const formats: readonly KnownFormat[] = [
  { name: 'JPEG', decoder: 'jpeg', matches: starts('ff d8 ff') },
  { name: 'PNG', decoder: 'png', matches: starts('89 50 4e 47 0d 0a 1a 0a') },
  {
    name: 'WebP',
    decoder: 'webp',
    matches: (b) => text(b, 0, 4) === 'RIFF' && text(b, 8, 4) === 'WEBP',
  },
  { name: 'GIF', decoder: 'gif', matches: (b) => /^GIF8[79]a$/.test(text(b, 0, 6)) },
  {
    name: 'TIFF',
    decoder: 'tiff',
    matches: startsWithAny('49 49 2a 00', '4d 4d 00 2a', '49 49 2b 00', '4d 4d 00 2b'),
  },
  { name: 'AVIF', decoder: 'heif', matches: brand(/avif|avis/) },
  { name: 'HEIC', decoder: 'heif', matches: brand(/heic|heix|hevc|hevx|heim|heis/) },
  { name: 'HEIF', decoder: 'heif', matches: brand(/mif1|msf1/) },
  { name: 'SVG', decoder: 'svg', matches: isSvg },
  { name: 'gzip', decoder: 'svg', matches: starts('1f 8b') },
  {
    name: 'JPEG XL',
    decoder: 'jxl',
    matches: startsWithAny('ff 0a', '00 00 00 0c 4a 58 4c 20 0d 0a 87 0a'),
  },
  {
    name: 'JPEG 2000',
    decoder: 'jp2',
    matches: startsWithAny('00 00 00 0c 6a 50 20 20 0d 0a 87 0a', 'ff 4f ff 51'),
  },
  { name: 'BMP', matches: (b) => text(b, 0, 2) === 'BM' && b.length > 26 },
  { name: 'ICO', matches: isIcon },
  { name: 'PSD', matches: startsAs('8BPS') },
  { name: 'PDF', matches: startsAs('%PDF-') },
  { name: 'EPS', matches: startsWithAny('25 21 50 53', 'c5 d0 d3 c6') },
  { name: 'DDS', matches: startsAs('DDS ') },
  { name: 'PNM', matches: (b) => /^P[1-7fF][\s#]/.test(text(b, 0, 3)) },
  { name: 'QOI', matches: startsAs('qoif') },
  { name: 'OpenEXR', matches: starts('76 2f 31 01') },
  { name: 'Radiance HDR', matches: startsAs('#?RADIANCE') },
  { name: 'FITS', matches: startsAs('SIMPLE  =') },
  { name: 'ICNS', matches: startsAs('icns') },
  { name: 'SGI', matches: starts('01 da') },
  { name: 'PCX', matches: (b) => b[0] === 0x0a && b[1]! <= 5 && b[2] === 1 && b.length > 128 },
  { name: 'FLI', matches: (b) => (b[4] === 0x11 || b[4] === 0x12) && b[5] === 0xaf },
  { name: 'BLP', matches: (b) => /^BLP[12]$/.test(text(b, 0, 4)) },
  { name: 'XPM', matches: startsAs('/* XPM */') },
  { name: 'HDF5', matches: starts('89 48 44 46 0d 0a 1a 0a') },
  { name: 'ZIP', matches: starts('50 4b 03 04') },
];

function starts(hex: string): (bytes: Uint8Array) => boolean {
  const signature = hex.split(' ').map((byte) => parseInt(byte, 16));
  return (bytes) => signature.every((byte, i) => bytes[i] === byte);
}

function startsWithAny(...signatures: readonly string[]): (bytes: Uint8Array) => boolean {
  const tests = signatures.map(starts);
  return (bytes) => tests.some((test) => test(bytes));
}

function startsAs(signature: string): (bytes: Uint8Array) => boolean {
  return (bytes) => text(bytes, 0, signature.length) === signature;
}

function text(bytes: Uint8Array, from: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(
    'latin1',
    Math.min(from, bytes.length),
    Math.min(from + length, bytes.length),
  );
}

/** The file type box of ISO/IEC 14496-12, section 4.3: a major brand, a version, compatible ones. */
function brand(wanted: RegExp): (bytes: Uint8Array) => boolean {
  return (bytes) => text(bytes, 4, 4) === 'ftyp' && wanted.test(text(bytes, 8, 4));
}

/** Reserved, type 1 (icon) or 2 (cursor), and at least one picture. */
function isIcon(bytes: Uint8Array): boolean {
  return startsWithAny('00 00 01 00', '00 00 02 00')(bytes) && bytes.length > 22 && bytes[4] !== 0;
}

/** XML that soon comes to its `svg` element. */
function isSvg(bytes: Uint8Array): boolean {
  const head = text(bytes, 0, 65_536).replace(/^\xef\xbb\xbf/, '');
  return /^\s*<[?!s]/.test(head) && /<(?:[a-z]+:)?svg[\s>]/.test(head);
}
