/** A quotient of integers of any length, with 20 and more digits before it is rounded; NaN where `b` is 0. */
export function quotient(a: bigint, b: bigint): number {
  if (b === 0n) return Number.NaN;
  const fraction = ((a % b) << 80n) / b;
  return Number(a / b) + Number(fraction) / 2 ** 80;
}
