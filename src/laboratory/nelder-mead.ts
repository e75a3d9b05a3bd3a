/**
 * A point at which `cost` is low, by the downhill simplex of J. A. Nelder and R. Mead (A Simplex
 * Method for Function Minimization, The Computer Journal 1965). It needs no derivatives; it finds the
 * valley that `start` is in.
 *
 * @param step how far the first tries lie from `start`, in every direction
 */
export function minimize(
  cost: (point: readonly number[]) => number,
  start: readonly number[],
  options: { readonly step: number; readonly rounds: number },
): { point: readonly number[]; cost: number } {
  const at = (point: readonly number[]): Corner => ({ point, cost: cost(point) });
  const corners = [
    at(start),
    ...start.map((_, axis) => at(start.map((x, i) => (i === axis ? x + options.step : x)))),
  ];
  for (let round = 0; round < options.rounds; round++) {
    corners.sort((a, b) => a.cost - b.cost);
    const [best, worst] = [corners[0]!, corners.at(-1)!];
    if (worst.cost - best.cost < TOLERANCE) break;
    const centre = start.map((_, axis) => mean(corners.slice(0, -1), axis));
    const along = (factor: number): Corner =>
      at(centre.map((x, axis) => x + factor * (worst.point[axis]! - x)));
    const reflected = along(-1);
    if (reflected.cost < best.cost) {
      const further = along(-2);
      corners[corners.length - 1] = further.cost < reflected.cost ? further : reflected;
    } else if (reflected.cost < corners.at(-2)!.cost) {
      corners[corners.length - 1] = reflected;
    } else {
      const nearer = along(reflected.cost < worst.cost ? -0.5 : 0.5);
      if (nearer.cost < worst.cost) corners[corners.length - 1] = nearer;
      else {
        for (let i = 1; i < corners.length; i++) {
          corners[i] = at(corners[i]!.point.map((x, axis) => (x + best.point[axis]!) / 2));
        }
      }
    }
  }
  return corners.reduce((best, corner) => (corner.cost < best.cost ? corner : best));
}

interface Corner {
  readonly point: readonly number[];
  readonly cost: number;
}

function mean(corners: readonly Corner[], axis: number): number {
  return corners.reduce((sum, { point }) => sum + point[axis]!, 0) / corners.length;
}

const TOLERANCE = 1e-9;
