import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';

import { drawTiles } from '../../../scripts/demo/draw-tiles.js';
import { temporaryDirectory } from '../../support/temp.js';

it('draws each image where it belongs, in its colours', async () => {
  const file = join(await temporaryDirectory(), 'sheet.png');
  const side = 16;
  const colours = [
    [1, 0, 0],
    [0, 1, 0],
    [0.2, 0.4, 0.6],
  ] as const;
  const values = Float32Array.from(
    colours.flatMap((colour) => Array.from({ length: side * side }, () => colour).flat()),
  );
  await drawTiles(values, [3, side, side, 3], ['red', 'green', 'blue & grey'], file);

  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  const pixelAt = (x: number, y: number) => {
    const at = (y * info.width + x) * info.channels;
    return [...data.subarray(at, at + 3)];
  };
  // Twice as large, 4 pixels of margin: the centre of the first tile is at 2 × (4 + 8).
  const centre = 2 * (4 + side / 2);
  const pitch = 2 * (side + 4);
  expect(colours.map((_, i) => pixelAt(centre + i * pitch, centre))).toEqual([
    [255, 0, 0],
    [0, 255, 0],
    [51, 102, 153],
  ]);
});
