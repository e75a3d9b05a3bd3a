import { CorruptFileError } from '../../errors.js';

/**
 * Cuts a stream of bytes into rows of equal length, each in memory of its own.
 *
 * @throws CorruptFileError when the stream ends before `count` rows
 */
export async function* byteRows(
  stream: AsyncIterable<Uint8Array>,
  rowBytes: number,
  count: number,
  file: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let row = new Uint8Array(rowBytes);
  let [filled, done] = [0, 0];
  for await (const piece of stream) {
    for (let at = 0; at < piece.length && done < count;) {
      const taken = Math.min(rowBytes - filled, piece.length - at);
      row.set(piece.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
      if (filled < rowBytes) continue;
      yield row;
      row = new Uint8Array(rowBytes);
      filled = 0;
      done++;
    }
  }
  if (done === count) return;
  throw new CorruptFileError(`Expected ${count} rows, the data ends in row ${done}`, {
    place: { file },
  });
}

/** All of a stream. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}
