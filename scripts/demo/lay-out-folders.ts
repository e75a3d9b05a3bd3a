import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import { chooseEmoji, everyEmoji, type Emoji } from './emoji.js';
import { folders, output, type Part } from './places.js';
import { number, say, step } from './say.js';

/** Step: image folders as a user would have them, `images/train/flags/1f1e6-1f1e8.png`. */
export function layOutFolders({ skinTones }: { readonly skinTones: boolean }): void {
  step(
    'Lay out image folders',
    'Copies the emoji of the npm package emoji-datasource-google: a folder for each category.',
  );
  const chosen = chooseEmoji();
  rmSync(output, { recursive: true, force: true });
  const split = (wanted: 'train' | 'held-out'): Emoji[] =>
    chosen.filter((emoji) => emoji.split === wanted);
  layOut('everything', everyEmoji({ skinTones }), 'to measure with');
  layOut('train', split('train'), 'to learn from: no skin-tone variants, classes of one size');
  layOut('heldOut', split('held-out'), 'to test with: never trained on');
}

function layOut(part: Part, emoji: readonly Emoji[], purpose: string): void {
  const classes = new Set(emoji.map(({ className }) => className));
  for (const name of classes) mkdirSync(join(folders[part], name), { recursive: true });
  for (const { file, className } of emoji) {
    copyFileSync(file, join(folders[part], className, basename(file)));
  }
  say(
    `${folders[part].padEnd(30)} ${number(emoji.length).padStart(5)} images, ${classes.size} classes: ${purpose}`,
  );
}
