/** The images of the demo: which emoji there are, and which of them the model learns from. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Every class has this many images, so always guessing one class is right once in `classes` times. */
export const imagesPerClass = 130;

/** Of each class every fifth image is held out: the model never trains on it. */
export const heldOutEvery = 5;

export interface Emoji {
  /** Path of the 64×64 PNG with transparency. */
  readonly file: string;
  /** Unicode's category of the emoji, as a folder name. */
  readonly className: string;
}

export interface ChosenEmoji extends Emoji {
  readonly split: 'train' | 'held-out';
}

/**
 * Every emoji of the package: the base ones and, unless they are not wanted, their skin-tone variants.
 *
 * @throws Error if the package emoji-datasource-google is not installed.
 */
export function everyEmoji({ skinTones = true } = {}): readonly Emoji[] {
  const { entries, folder } = readPackage();
  return entries.flatMap((entry) =>
    [entry, ...(skinTones ? Object.values(entry.skin_variations ?? {}) : [])]
      .filter((image) => image.has_img_google)
      .map(({ image }) => ({
        file: join(folder, image),
        className: folderName(entry.category),
      })),
  );
}

/**
 * The base emoji (no skin-tone variants) of every category that has at least
 * {@link imagesPerClass}, that many of each, spread evenly over the category in Unicode's order.
 * The same list every time: 8 classes, 832 images to train on and 208 held out.
 *
 * @throws Error if the package emoji-datasource-google is not installed.
 */
export function chooseEmoji(): readonly ChosenEmoji[] {
  const { entries, folder } = readPackage();
  const shown = entries.filter((entry) => entry.has_img_google).sort(byUnicodeOrder);
  const categories = [...new Set(shown.map((entry) => entry.category))].sort();
  return categories.flatMap((category) => {
    const members = shown.filter((entry) => entry.category === category);
    if (members.length < imagesPerClass) return [];
    return spread(members, imagesPerClass).map((entry, i): ChosenEmoji => ({
      file: join(folder, entry.image),
      className: folderName(category),
      split: i % heldOutEvery === heldOutEvery - 1 ? 'held-out' : 'train',
    }));
  });
}

/** The fields of emoji.json that are used here. */
interface EmojiEntry extends EmojiImage {
  readonly category: string;
  readonly sort_order: number;
  readonly skin_variations?: Readonly<Record<string, EmojiImage>>;
}

interface EmojiImage {
  readonly image: string;
  readonly has_img_google: boolean;
}

function readPackage(): { entries: readonly EmojiEntry[]; folder: string } {
  const list = createRequire(import.meta.url).resolve('emoji-datasource-google/emoji.json');
  return {
    entries: JSON.parse(readFileSync(list, 'utf8')) as readonly EmojiEntry[],
    folder: join(dirname(list), 'img/google/64'),
  };
}

function byUnicodeOrder(a: EmojiEntry, b: EmojiEntry): number {
  return a.sort_order - b.sort_order;
}

function spread<T>(list: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)]!);
}

/** `Food & Drink` → `food-and-drink` */
function folderName(category: string): string {
  return category.toLowerCase().replaceAll('&', 'and').replaceAll(' ', '-');
}
