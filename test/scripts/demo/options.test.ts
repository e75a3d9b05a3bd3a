import { expect, it } from 'vitest';

import { parseOptions } from '../../../scripts/demo/options.js';

it('by default uses the native tfjs-node and three seeds', () => {
  expect(parseOptions([])).toEqual({
    help: false,
    native: true,
    seeds: [1, 2, 3],
    skinTones: true,
  });
});

it('can be made quicker and kept to pure tfjs', () => {
  expect(parseOptions(['--quick', '--no-native'])).toMatchObject({ native: false, seeds: [1] });
});

it('refuses what it does not know', () => {
  expect(() => parseOptions(['--fast'])).toThrow('--fast');
  expect(() => parseOptions(['fast'])).toThrow('fast');
});
