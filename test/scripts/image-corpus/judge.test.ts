import { describe, expect, it } from 'vitest';

import { differenceOf, judge } from '../../../scripts/image-corpus/compare.js';
import { breakdown, countBy, kindOfReason } from '../../../scripts/image-corpus/summary.js';

const facts = { height: 1, width: 1, format: 'PNG', mode: 'RGB', profile: false };
const size = { height: 1, width: 1 };
const off = (largest: number, mean: number) => () => ({ largest, mean });

describe('a comparison with Pillow', () => {
  it('measures how far samples are off', () => {
    expect(differenceOf(Uint8Array.of(1, 5, 9), Uint8Array.of(1, 2, 10))).toEqual({
      largest: 3,
      mean: 4 / 3,
    });
    expect(differenceOf(Uint8Array.of(1), Uint8Array.of(1, 2)).largest).toBe(Infinity);
  });

  it('excuses only what is explained, and only so far', () => {
    expect(judge(facts, size, off(0, 0)).kind).toBe('equal');
    expect(judge(facts, size, off(2, 0.5)).kind).toBe('within 2');
    expect(judge(facts, size, off(3, 0.01)).kind).toBe('different');
    expect(judge({ ...facts, mode: 'CMYK' }, size, off(40, 5)).kind).toBe('near');
    expect(judge({ ...facts, mode: 'CMYK' }, size, off(90, 30)).kind).toBe('different');
    expect(judge({ ...facts, format: 'AVIF' }, size, off(45, 7)).kind).toBe('different');
  });

  it('tells who reads a file', () => {
    const error = { error: 'no' };
    const reason = { reason: 'no' };
    const never = (): never => {
      throw new Error('nothing to compare');
    };
    expect(judge(error, reason, never).kind).toBe('neither');
    expect(judge(error, size, never).kind).toBe('only ours');
    expect(judge(facts, reason, never).kind).toBe('only Pillow');
    expect(judge(facts, { bug: 'TypeError' }, never).kind).toBe('bug');
  });
});

describe('the tables', () => {
  it('count reasons without what is particular to a file', () => {
    const reasons = [
      'Expected JPEG, PNG, WebP, GIF, TIFF, AVIF or SVG, found BMP. Convert it to PNG',
      'The TIFF is broken, cut short or not supported: tiff2vips: something',
      'Expected at most 268435456 pixels, the header says 9×9 (height × width)',
    ];
    const counts = countBy([...reasons, reasons[0]!], kindOfReason);
    expect(counts).toEqual({
      'no decoder: BMP': 2,
      'broken, cut short or not supported: TIFF': 1,
      'too many pixels': 1,
    });
    const summary = {
      release: 'x 1',
      files: 4,
      added: 0,
      setAside: counts,
      verdicts: {},
      near: {},
    };
    const rows = breakdown('Why', [{ ...summary, peakBytes: 0, bugs: [] }], (s) => s.setAside);
    expect(rows[0]).toEqual(['Why', 'x 1']);
    expect(rows[1]).toEqual(['no decoder: BMP', '2']);
  });
});
