/** A TIFF with one uncompressed strip, for kinds of samples that sharp doesn't write. */
export interface TiffPixels {
  readonly height: number;
  readonly width: number;
  /** Samples of a pixel. */
  readonly samples: number;
  readonly data: Uint8Array | Uint16Array | Int16Array | Uint32Array | Float32Array;
  /** Default: 1 grey (black is zero), or 2 RGB where there are three samples. 0 white is zero. */
  readonly photometric?: 0 | 1 | 2 | 5;
}

/** TIFF 6.0, little-endian. */
export function tiff({ height, width, samples, data, photometric }: TiffPixels): Uint8Array {
  const bits = data.BYTES_PER_ELEMENT * 8;
  const format = data instanceof Float32Array ? 3 : data instanceof Int16Array ? 2 : 1;
  const [bitsAt, formatAt, dataAt] = [200, 220, 256];
  const [short, long] = [3, 4];
  const many = (type: number, value: number, at: number): [number, number, number] =>
    samples === 1 ? [type, 1, value] : [type, samples, at];
  const fields: [tag: number, type: number, count: number, value: number][] = [
    [256, long, 1, width],
    [257, long, 1, height],
    [258, ...many(short, bits, bitsAt)],
    [259, short, 1, 1],
    [262, short, 1, photometric ?? (samples === 3 ? 2 : 1)],
    [273, long, 1, dataAt],
    [277, short, 1, samples],
    [278, long, 1, height],
    [279, long, 1, data.byteLength],
    [339, ...many(short, format, formatAt)],
  ];
  const file = Buffer.alloc(dataAt + data.byteLength);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(8, 4);
  file.writeUInt16LE(fields.length, 8);
  fields.forEach(([tag, type, count, value], i) => {
    const at = 10 + 12 * i;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(count, at + 4);
    file.writeUInt32LE(value, at + 8);
  });
  for (let sample = 0; sample < samples; sample++) {
    file.writeUInt16LE(bits, bitsAt + 2 * sample);
    file.writeUInt16LE(format, formatAt + 2 * sample);
  }
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataAt);
  return file;
}
