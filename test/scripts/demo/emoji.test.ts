import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, it } from 'vitest';

import {
  chooseEmoji,
  everyEmoji,
  heldOutEvery,
  imagesPerClass,
} from '../../../scripts/demo/emoji.js';

it('the classes of the demo are balanced, in both splits', () => {
  const emoji = chooseEmoji();
  const classes = [...new Set(emoji.map(({ className }) => className))];
  expect(classes).toHaveLength(8);
  for (const name of classes) {
    const members = emoji.filter(({ className }) => className === name);
    expect(members).toHaveLength(imagesPerClass);
    const heldOut = members.filter(({ split }) => split === 'held-out');
    expect(heldOut).toHaveLength(imagesPerClass / heldOutEvery);
  }
});

it('every emoji is an image of its own, and none is a skin-tone variant', () => {
  const files = chooseEmoji().map(({ file }) => file);
  expect(new Set(files).size).toBe(files.length);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
  expect(files.filter((file) => /1f3f[b-f]/.test(basename(file)))).toEqual([]);
});

it('everything has the skin-tone variants too, each image once', () => {
  const everything = everyEmoji().map(({ file }) => file);
  expect(new Set(everything).size).toBe(everything.length);
  expect(everything.filter((file) => /1f3f[b-f]/.test(file)).length).toBeGreaterThan(1000);
  const base = new Set(everyEmoji({ skinTones: false }).map(({ file }) => file));
  expect(base.size).toBeLessThan(everything.length);
  expect(chooseEmoji().filter(({ file }) => !base.has(file))).toEqual([]);
});
