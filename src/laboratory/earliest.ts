/**
 * The times at which `size` servers are free, kept as a heap: all free at first.
 *
 * @example
 * const servers = freeTimes(2, 0);
 * const start = earliest(servers); // when the first of them is free
 * replaceEarliest(servers, start + 1); // it is busy until then
 */
export function freeTimes(size: number, from: number): Float64Array {
  return new Float64Array(size).fill(from);
}

export function earliest(times: Float64Array): number {
  return times[0]!;
}

/** The server that is free first is busy until `time`. */
export function replaceEarliest(times: Float64Array, time: number): void {
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= times.length) break;
    if (child + 1 < times.length && times[child + 1]! < times[child]!) child++;
    if (times[child]! >= time) break;
    times[at] = times[child]!;
    at = child;
  }
  times[at] = time;
}
