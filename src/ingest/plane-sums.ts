import type { PixelArray } from './pixel-types.js';

/** What statistics need of a plane: the meaning of the kernels of the same names. */
export type PlaneSums =
  | { readonly kind: 'exact'; readonly sum: bigint; readonly squares: bigint }
  /** `distances`: the sum of the squares of the distances from the mean. */
  | { readonly kind: 'float'; readonly mean: number; readonly distances: number };

/** Integers are summed up exactly; floats in double precision, in two passes. */
export function sumsOfPlane(plane: PixelArray): PlaneSums {
  if (plane instanceof Float32Array) {
    const mean = sumOf(plane, (value) => value) / plane.length;
    return { kind: 'float', mean, distances: sumOf(plane, (value) => (value - mean) ** 2) };
  }
  let [sum, squares] = [0n, 0n];
  for (let i = 0; i < plane.length; i++) {
    const value = BigInt(plane[i]!);
    sum += value;
    squares += value * value;
  }
  return { kind: 'exact', sum, squares };
}

/** In four lanes, as vectors do it: so both come to the same bits. */
function sumOf(values: Float32Array, of: (value: number) => number): number {
  const lanes: [number, number, number, number] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i++) lanes[i % 4]! += of(values[i]!);
  let rest = 0;
  for (let i = whole; i < values.length; i++) rest += of(values[i]!);
  return lanes[0] + lanes[2] + (lanes[1] + lanes[3]) + rest;
}
