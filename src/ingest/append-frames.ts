import { ImageError } from '../errors.js';
import type { EncodedImages } from './encoded-images.js';
import type { Ingester } from './ingester.js';
import type { EncodedRecord } from './source.js';

export interface AppendedFrames {
  /** Pictures appended now. */
  readonly added: number;
  /** Those left out because their pixels are in, with the id under which. */
  readonly duplicates: readonly { readonly id: string; readonly of: string }[];
  /** What can't be read any more, or the first picture that can't be decoded. */
  readonly failed?: { readonly id: string; readonly reason: string };
}

/** The id of one picture of several. */
export function frameId(id: string, frame: number): string {
  return `${id}#${frame}`;
}

/**
 * Appends the pictures of an image that aren't in yet, one after the other; after one that can't be
 * decoded, no more.
 */
export async function appendFrames(
  record: EncodedRecord,
  images: EncodedImages,
  ingester: Ingester,
): Promise<AppendedFrames> {
  const { id, className, label, columns } = record;
  const duplicates: { id: string; of: string }[] = [];
  let added = 0;
  let next = id;
  try {
    await images.reopen(record, async (image) => {
      let frame = 0;
      while (frame < image.frames && (await ingester.has(frameId(id, frame)))) frame++;
      next = frameId(id, frame);
      for await (const pixels of image.all(frame)) {
        // After one that was left out, there may be others that are in.
        if (!(await ingester.has(next))) {
          const { duplicateOf } = await ingester.append({
            id: next,
            className,
            label,
            columns,
            pixels,
          });
          if (duplicateOf === undefined) added++;
          else duplicates.push({ id: next, of: duplicateOf });
        }
        next = frameId(id, ++frame);
      }
    });
    return { added, duplicates };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { added, duplicates, failed: { id: next, reason: error.message } };
  }
}
