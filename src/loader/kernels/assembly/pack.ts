// The bytes of a row's pixels in the order of the batch: side by side, the channels of a pixel together.
import {
  interleaveHigh, interleaveLow, reverse1, reverse2, reverse3First, reverse3Second, reverse3Third,
  reverse4, rgb0, rgb1, rgb2,
} from './interleave';

/** Pixels that are done together. */
export const STEP: usize = 16;
/** Pixels of a block: with those of four channels it takes 1 KiB (`../pixel-kernel.ts` has that too). */
export const BLOCK: usize = 256;

/**
 * Packs pixels `from` to `end`, sixteen or more, of a row of `columns` as it is to come out. The last
 * sixteen may overlap those before them, so nothing is read or written outside the row.
 */
@inline
export function pack(
  plane0: usize, plane1: usize, plane2: usize, plane3: usize, channels: u32, interleaved: bool, flip: bool,
  columns: usize, from: usize, end: usize, to: usize,
): void {
  const mirror = columns - STEP;
  const count = end - from;
  if (!flip) {
    if (channels == 2) planes2(plane0 + from, plane1 + from, count, to);
    else if (channels == 3) planes3(plane0 + from, plane1 + from, plane2 + from, count, to);
    else planes4(plane0 + from, plane1 + from, plane2 + from, plane3 + from, count, to);
  } else if (channels == 1) {
    flippedPlane(plane0 + mirror - from, count, to);
  } else if (interleaved) {
    if (channels == 2) flippedPixels2(plane0 + (mirror - from) * 2, count, to);
    else if (channels == 3) flippedPixels3(plane0 + (mirror - from) * 3, count, to);
    else flippedPixels4(plane0 + (mirror - from) * 4, count, to);
  } else if (channels == 2) {
    flippedPlanes2(plane0 + mirror - from, plane1 + mirror - from, count, to);
  } else if (channels == 3) {
    flippedPlanes3(plane0 + mirror - from, plane1 + mirror - from, plane2 + mirror - from, count, to);
  } else {
    flippedPlanes4(plane0 + mirror - from, plane1 + mirror - from, plane2 + mirror - from, plane3 + mirror - from, count, to);
  }
}

// Loops that end in the middle: V8 unrolls others, and then has too few registers for the constants.
// Flipped rows are read from their last sixteen pixels on, backwards.

function planes2(plane0: usize, plane1: usize, count: usize, to: usize): void {
  const last = count - STEP;
  for (let i: usize = 0; ; i = min(i + STEP, last)) {
    put2(v128.load(plane0 + i), v128.load(plane1 + i), to + i * 2);
    if (i == last) return;
  }
}

function planes3(plane0: usize, plane1: usize, plane2: usize, count: usize, to: usize): void {
  const last = count - STEP;
  for (let i: usize = 0; ; i = min(i + STEP, last)) {
    put3(v128.load(plane0 + i), v128.load(plane1 + i), v128.load(plane2 + i), to + i * 3);
    if (i == last) return;
  }
}

function planes4(plane0: usize, plane1: usize, plane2: usize, plane3: usize, count: usize, to: usize): void {
  const last = count - STEP;
  for (let i: usize = 0; ; i = min(i + STEP, last)) {
    put4(v128.load(plane0 + i), v128.load(plane1 + i), v128.load(plane2 + i), v128.load(plane3 + i), to + i * 4);
    if (i == last) return;
  }
}

function flippedPlane(plane0: usize, count: usize, to: usize): void {
  const last = count - STEP;
  for (let i: usize = 0; ; i = min(i + STEP, last)) {
    v128.store(to + i, reverse1(v128.load(plane0 - i)));
    if (i == last) return;
  }
}

function flippedPlanes2(plane0: usize, plane1: usize, count: usize, to: usize): void {
  const last = count - STEP;
  for (let i: usize = 0; ; i = min(i + STEP, last)) {
    put2(reverse1(v128.load(plane0 - i)), reverse1(v128.load(plane1 - i)), to + i * 2);
    if (i == last) return;
  }
}

function flippedPlanes3(plane0: usize, plane1: usize, plane2: usize, count: usize, to: usize): void {
  const last = count - STEP;
  for (let i: usize = 0; ; i = min(i + STEP, last)) {
    put3(reverse1(v128.load(plane0 - i)), reverse1(v128.load(plane1 - i)), reverse1(v128.load(plane2 - i)), to + i * 3);
    if (i == last) return;
  }
}

function flippedPlanes4(plane0: usize, plane1: usize, plane2: usize, plane3: usize, count: usize, to: usize): void {
  const last = count - STEP;
  for (let i: usize = 0; ; i = min(i + STEP, last)) {
    put4(
      reverse1(v128.load(plane0 - i)), reverse1(v128.load(plane1 - i)),
      reverse1(v128.load(plane2 - i)), reverse1(v128.load(plane3 - i)), to + i * 4,
    );
    if (i == last) return;
  }
}

function flippedPixels2(pixels: usize, count: usize, to: usize): void {
  const last = count - STEP;
  for (let i: usize = 0; ; i = min(i + STEP, last)) {
    const from = pixels - i * 2;
    const at = to + i * 2;
    v128.store(at, reverse2(v128.load(from, 16)));
    v128.store(at, reverse2(v128.load(from)), 16);
    if (i == last) return;
  }
}

function flippedPixels3(pixels: usize, count: usize, to: usize): void {
  const last = count - STEP;
  for (let i: usize = 0; ; i = min(i + STEP, last)) {
    const from = pixels - i * 3;
    const at = to + i * 3;
    const a = v128.load(from);
    const b = v128.load(from, 16);
    const c = v128.load(from, 32);
    v128.store(at, reverse3First(b, c));
    v128.store(at, reverse3Second(a, b, c), 16);
    v128.store(at, reverse3Third(a, b), 32);
    if (i == last) return;
  }
}

function flippedPixels4(pixels: usize, count: usize, to: usize): void {
  const last = count - STEP;
  for (let i: usize = 0; ; i = min(i + STEP, last)) {
    const from = pixels - i * 4;
    const at = to + i * 4;
    v128.store(at, reverse4(v128.load(from, 48)));
    v128.store(at, reverse4(v128.load(from, 32)), 16);
    v128.store(at, reverse4(v128.load(from, 16)), 32);
    v128.store(at, reverse4(v128.load(from)), 48);
    if (i == last) return;
  }
}

@inline
function put2(a: v128, b: v128, to: usize): void {
  v128.store(to, interleaveLow(a, b));
  v128.store(to, interleaveHigh(a, b), 16);
}

@inline
function put3(a: v128, b: v128, c: v128, to: usize): void {
  v128.store(to, rgb0(a, b, c));
  v128.store(to, rgb1(a, b, c), 16);
  v128.store(to, rgb2(a, b, c), 32);
}

@inline
function put4(a: v128, b: v128, c: v128, d: v128, to: usize): void {
  const ac0 = interleaveLow(a, c);
  const bd0 = interleaveLow(b, d);
  const ac1 = interleaveHigh(a, c);
  const bd1 = interleaveHigh(b, d);
  v128.store(to, interleaveLow(ac0, bd0));
  v128.store(to, interleaveHigh(ac0, bd0), 16);
  v128.store(to, interleaveLow(ac1, bd1), 32);
  v128.store(to, interleaveHigh(ac1, bd1), 48);
}
