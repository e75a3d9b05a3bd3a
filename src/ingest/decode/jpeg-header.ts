/** What weighing a JPEG needs of its frame header. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Decoding holds the coefficients of the whole image. */
  readonly progressive: boolean;
  /** Coefficients of all components, for one pixel: 3 without subsampling, 1.5 with 4:2:0. */
  readonly samplesPerPixel: number;
}

/**
 * Reads the frame header.
 *
 * @returns `undefined` where there is none: decoding will say what is wrong.
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  for (const { start, marker } of headerSegments(bytes)) {
    if (isFrame(marker)) return readFrame(bytes, start);
  }
  return undefined;
}

/**
 * Leaves out bytes that belong to no segment before the first scan. Decoders skip them with a
 * warning; without them, every warning is of damage.
 *
 * @returns the same bytes if there are none.
 */
export function withoutJunk(bytes: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [];
  let end = 0;
  let junk = 0;
  for (const segment of headerSegments(bytes)) {
    junk += segment.start - end;
    end = segment.end;
    if (segment.marker === startOfScan) {
      kept.push(bytes.subarray(segment.start));
      return junk === 0 ? bytes : Buffer.concat(kept);
    }
    // Markers that stand alone mean nothing here, but for the first.
    if (kept.length === 0 || !standsAlone(segment.marker))
      kept.push(bytes.subarray(segment.start, segment.end));
    else junk += 2;
  }
  return bytes;
}

interface Segment {
  readonly marker: number;
  /** Offset of its marker. */
  readonly start: number;
  readonly end: number;
}

/**
 * The marker segments up to the first scan (ITU-T T.81, B.1.1 and B.2). Bytes between segments are
 * skipped, as decoders do.
 */
function* headerSegments(bytes: Uint8Array): Generator<Segment> {
  let at = 0;
  while (at + 2 <= bytes.length) {
    const marker = bytes[at + 1]!;
    if (bytes[at] !== 0xff || marker === 0 || marker === 0xff) {
      at++;
      continue;
    }
    const length = standsAlone(marker) ? 0 : word(bytes, at + 2);
    const end = at + 2 + length;
    yield { marker, start: at, end };
    if (marker === startOfScan) return;
    at = end;
  }
}

const startOfScan = 0xda;

/** TEM, RSTn, SOI, EOI. */
function standsAlone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd9);
}

/** SOF0 to SOF15, without DHT, JPG and DAC, which lie among them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function readFrame(bytes: Uint8Array, at: number): JpegHeader | undefined {
  const components = bytes[at + 9] ?? 0;
  if (at + 10 + 3 * components > bytes.length || components === 0) return undefined;
  const sampling = Array.from({ length: components }, (_, component) => {
    const factors = bytes[at + 11 + 3 * component]!;
    return { across: factors >> 4, down: factors & 15 };
  });
  const largest =
    Math.max(...sampling.map(({ across }) => across)) * Math.max(...sampling.map((s) => s.down));
  const samples = sampling.reduce((sum, { across, down }) => sum + across * down, 0);
  const kind = bytes[at + 1]!;
  return {
    height: word(bytes, at + 5),
    width: word(bytes, at + 7),
    components,
    progressive: [0xc2, 0xc6, 0xca, 0xce].includes(kind),
    samplesPerPixel: largest === 0 ? components : samples / largest,
  };
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}
