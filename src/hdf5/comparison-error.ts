import { InvalidOptionError } from '../errors.js';

/**
 * The body of a dataset's `[Symbol.toPrimitive]`: TypeScript can't overload `dataset > 5`, which
 * would otherwise compare text in silence. Only text is let through, so that `${dataset}` prints.
 *
 * @param hint what JavaScript wants the object for: `number` in `dataset > 5` and `+dataset`,
 *   `default` in `dataset == 5` and `dataset + 1`, `string` in `${dataset}`
 * @param text what the dataset prints as
 * @throws InvalidOptionError that says how to build a mask
 */
export function refusePrimitive(hint: string, text: string): string {
  if (hint === 'string') return text;
  throw new InvalidOptionError(`A dataset can't be compared or calculated with: ${text}`, {
    advice:
      'Its elements are on disk: read them first, then build a mask and select by it: ' +
      'const values = dataset.get(); dataset.get(mask(values, (value) => value > 5))',
  });
}
