// Sums over a plane, for statistics.

/** Puts at `out`: the sum (u64) and the sum of the squares (u64). Exact for planes of up to 2^32 elements. */
export function sumsU16(source: usize, count: usize, out: usize): void {
  let sums = i64x2.splat(0);
  let squares = i64x2.splat(0);
  const whole = count & ~7;
  let i: usize = 0;
  for (; i < whole; i += 8) {
    const words = v128.load(source + i * 2);
    const low = i32x4.extmul_low_i16x8_u(words, words);
    const high = i32x4.extmul_high_i16x8_u(words, words);
    const pairs = i32x4.extadd_pairwise_i16x8_u(words);
    sums = i64x2.add(sums, i64x2.extend_low_i32x4_u(pairs));
    sums = i64x2.add(sums, i64x2.extend_high_i32x4_u(pairs));
    squares = i64x2.add(squares, i64x2.extend_low_i32x4_u(low));
    squares = i64x2.add(squares, i64x2.extend_high_i32x4_u(low));
    squares = i64x2.add(squares, i64x2.extend_low_i32x4_u(high));
    squares = i64x2.add(squares, i64x2.extend_high_i32x4_u(high));
  }
  let sum: u64 = i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1);
  let square: u64 = i64x2.extract_lane(squares, 0) + i64x2.extract_lane(squares, 1);
  for (; i < count; i++) {
    const word = <u64>load<u16>(source + i * 2);
    sum += word;
    square += word * word;
  }
  store<u64>(out, sum);
  store<u64>(out, square, 8);
}

/** The sum of floats, in double precision, in four lanes: those whose place modulo 4 is the same. */
export function sumF32(source: usize, count: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const whole = count & ~3;
  let i: usize = 0;
  for (; i < whole; i += 4) {
    const values = v128.load(source + i * 4);
    low = f64x2.add(low, f64x2.promote_low_f32x4(values));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<u32>(values, values, 2, 3, 2, 3)));
  }
  return added(low, high) + rest(source, i, count, 0, false);
}

/** The sum of the squares of the distances from `mean`, likewise. */
export function distancesF32(source: usize, count: usize, mean: f64): f64 {
  const means = f64x2.splat(mean);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const whole = count & ~3;
  let i: usize = 0;
  for (; i < whole; i += 4) {
    const values = v128.load(source + i * 4);
    const first = f64x2.sub(f64x2.promote_low_f32x4(values), means);
    const upper = f64x2.promote_low_f32x4(v128.shuffle<u32>(values, values, 2, 3, 2, 3));
    const second = f64x2.sub(upper, means);
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  return added(low, high) + rest(source, i, count, mean, true);
}

@inline
function added(low: v128, high: v128): f64 {
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

@inline
function rest(source: usize, from: usize, count: usize, mean: f64, squared: bool): f64 {
  let sum: f64 = 0;
  for (let i = from; i < count; i++) {
    const value = <f64>load<f32>(source + i * 4) - mean;
    sum += squared ? value * value : value;
  }
  return sum;
}
