// Sums over bytes, for statistics. Their twin is `sumsOf` in the tests.

/** Bytes after which 32-bit lanes are emptied: 4 squares a vector in each lane, 4096 × 4 × 255² < 2^31. */
const RUN: usize = 4096 * 16;

/** Puts at `out`: the sum (u64), the sum of the squares (u64), the least and the greatest byte (u8, u8). */
export function sumsU8(source: usize, count: usize, out: usize): void {
  let sum: u64 = 0;
  let squares: u64 = 0;
  let least = i8x16.splat(-1);
  let greatest = i8x16.splat(0);
  const whole = count & ~15;
  let i: usize = 0;
  while (i < whole) {
    const end = min(whole, i + RUN);
    let sums = i32x4.splat(0);
    let products = i32x4.splat(0);
    for (; i < end; i += 16) {
      const bytes = v128.load(source + i);
      const low = i16x8.extmul_low_i8x16_u(bytes, bytes);
      const high = i16x8.extmul_high_i8x16_u(bytes, bytes);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bytes)));
      products = i32x4.add(products, i32x4.extadd_pairwise_i16x8_u(low));
      products = i32x4.add(products, i32x4.extadd_pairwise_i16x8_u(high));
      least = i8x16.min_u(least, bytes);
      greatest = i8x16.max_u(greatest, bytes);
    }
    sum += addLanes(sums);
    squares += addLanes(products);
  }
  v128.store(out, least);
  v128.store(out, greatest, 16);
  let smallest: u8 = 255;
  let largest: u8 = 0;
  for (let lane: usize = 0; lane < 16; lane++) {
    smallest = min(smallest, load<u8>(out + lane));
    largest = max(largest, load<u8>(out + lane, 16));
  }
  for (; i < count; i++) {
    const byte = load<u8>(source + i);
    sum += byte;
    squares += <u64>byte * byte;
    smallest = min(smallest, byte);
    largest = max(largest, byte);
  }
  store<u64>(out, sum);
  store<u64>(out, squares, 8);
  store<u8>(out, smallest, 16);
  store<u8>(out, largest, 17);
}

@inline
function addLanes(lanes: v128): u64 {
  const pairs = i64x2.add(i64x2.extend_low_i32x4_u(lanes), i64x2.extend_high_i32x4_u(lanes));
  return i64x2.extract_lane(pairs, 0) + i64x2.extract_lane(pairs, 1);
}
