import sharp from 'sharp';

const columns = 8;
/** An image's pixel becomes so many on the sheet, a side. */
const zoom = 2;
/** In pixels of the images: the space around a tile, and the room for its caption. */
const margin = 4;
const captionRoom = 8;
const background = 40;

/**
 * Draws images in rows of eight, with a caption below each, to a PNG.
 *
 * @param values float32 in 0…1, row-major
 * @param shape `[n, height, width, 3]`
 */
export async function drawTiles(
  values: Float32Array,
  [count, height, width]: readonly [number, number, number, number],
  captions: readonly string[],
  file: string,
): Promise<void> {
  const cellHeight = height + captionRoom + margin;
  const cellWidth = width + margin;
  const sheet = {
    width: margin + columns * cellWidth,
    height: margin + Math.ceil(count / columns) * cellHeight,
  };
  const tiles = Array.from({ length: count }, (_, i) => ({
    left: margin + (i % columns) * cellWidth,
    top: margin + Math.floor(i / columns) * cellHeight,
  }));

  const pixels = new Uint8ClampedArray(sheet.width * sheet.height * 3).fill(background);
  tiles.forEach(({ left, top }, i) => {
    for (let y = 0; y < height; y++) {
      const to = ((top + y) * sheet.width + left) * 3;
      const from = (i * height + y) * width * 3;
      for (let x = 0; x < width * 3; x++) pixels[to + x] = 255 * values[from + x]!;
    }
  });

  const texts = tiles.map(({ left, top }, i) => {
    const x = zoom * (left + width / 2);
    const y = zoom * (top + height + captionRoom) - 3;
    return `<text x="${x}" y="${y}">${escape(captions[i]!)}</text>`;
  });
  const overlay = `<svg xmlns="http://www.w3.org/2000/svg" width="${zoom * sheet.width}" height="${zoom * sheet.height}"
    font-family="sans-serif" font-size="12" fill="#ddd" text-anchor="middle">${texts.join('')}</svg>`;

  await sharp(pixels, { raw: { ...sheet, channels: 3 } })
    .resize(zoom * sheet.width, zoom * sheet.height, { kernel: 'nearest' })
    .composite([{ input: Buffer.from(overlay) }])
    .removeAlpha()
    .png()
    .toFile(file);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
