import type { HardDisk } from './device.js';

/**
 * A disk as one spiral, measured in seconds: `spiral(byte)` is how long reading from byte 0 to that
 * byte takes at the disk's sustained rate (which contains all switching of heads and tracks).
 *
 * Tracks have one density along their length, so the rate is proportional to the radius, and its
 * square falls linearly from the first byte to the last: `rate² = outer² − (outer² − inner²) · byte /
 * capacity`. The integral of `1 / rate` is the closed form below. The radius falls linearly with it,
 * so the distance of the arm between two places is the difference of their spiral times, and the
 * angle of a place is its spiral time in turns.
 */
export function spiralOf(disk: HardDisk): (byte: number) => number {
  const { outerRate } = disk;
  const rate = rateOf(disk);
  return (byte) => (2 * byte) / (outerRate + rate(byte));
}

/** Sustained bytes a second at a byte of the disk. */
export function rateOf(disk: HardDisk): (byte: number) => number {
  const outer = disk.outerRate ** 2;
  const slope = (outer - disk.innerRate ** 2) / disk.capacity;
  return (byte) => Math.sqrt(outer - slope * byte);
}

/** Mean over all bytes of the rate that a disk has between these two. */
export function meanRate(outerRate: number, innerRate: number): number {
  const sum = outerRate + innerRate;
  return (2 / 3) * (sum - (outerRate * innerRate) / sum);
}

/** The rate at the inner edge that gives a disk this mean over all bytes. */
export function innerRateFromMean(outerRate: number, mean: number): number {
  // 3 · mean · (outer + inner) = 2 · (outer² + outer · inner + inner²), solved for the inner rate.
  const half = (2 * outerRate - 3 * mean) / 4;
  return -half + Math.sqrt(half ** 2 - (2 * outerRate ** 2 - 3 * mean * outerRate) / 2);
}
