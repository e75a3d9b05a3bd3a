import type { HardDisk } from './device.js';

/**
 * How long the arm takes over a distance, as a fraction of the full stroke: `a + b·√d + c·d`, the form
 * of E. K. Lee and R. H. Katz (An Analytic Performance Model of Disk Arrays, SIGMETRICS 1993), whose
 * three constants follow from the three times that data sheets give: track to track, average, full
 * stroke. (Over random pairs of places the mean of √d is 8/15, that of d 1/3.)
 *
 * 0 for no distance.
 */
export function seekTimeOf({ seek }: HardDisk): (distance: number) => number {
  const { trackToTrack, average, fullStroke } = seek;
  const root = (15 * average - 10 * trackToTrack - 5 * fullStroke) / 3;
  const linear = fullStroke - trackToTrack - root;
  return (distance) =>
    distance === 0 ? 0 : trackToTrack + root * Math.sqrt(distance) + linear * distance;
}
