import type { ApngFrame } from './apng.js';

type Samples = Uint8Array | Uint16Array;

/** The picture of an animation, frame after frame, in RGBA. */
export interface AnimationCanvas {
  /** What shows after this frame; valid until the next. */
  show(frame: ApngFrame, pixels: Samples): Samples;
}

/** @param white of the samples: 255 or 65,535 */
export function createAnimationCanvas(
  width: number,
  height: number,
  white: 255 | 65_535,
): AnimationCanvas {
  const length = width * height * 4;
  const canvas = white === 255 ? new Uint8Array(length) : new Uint16Array(length);
  let restore: () => void = () => undefined;
  return {
    show(frame, pixels) {
      restore();
      restore = disposal(canvas, width, frame);
      for (let y = 0; y < frame.height; y++) {
        const from = pixels.subarray(y * frame.width * 4, (y + 1) * frame.width * 4);
        const at = rowStart(width, frame, y);
        if (frame.blend === 'source') canvas.set(from, at);
        else layOver(canvas.subarray(at, at + from.length), from, white);
      }
      return canvas;
    },
  };
}

function rowStart(width: number, { left, top }: ApngFrame, y: number): number {
  return ((top + y) * width + left) * 4;
}

/** Takes back what a frame will paint. The first frame's `previous` is nothing, as `background`. */
function disposal(canvas: Samples, width: number, frame: ApngFrame): () => void {
  if (frame.dispose === 'none') return () => undefined;
  const rows = Array.from({ length: frame.height }, (_, y) => {
    const at = rowStart(width, frame, y);
    return canvas.subarray(at, at + frame.width * 4);
  });
  const before = frame.dispose === 'previous' ? rows.map((row) => row.slice()) : undefined;
  return () => {
    rows.forEach((row, y) => {
      if (before === undefined) row.fill(0);
      else row.set(before[y]!);
    });
  };
}

/** "Over" of straight alpha (PNG, third edition, 13.16). */
function layOver(under: Samples, over: Samples, white: number): void {
  for (let at = 0; at < over.length; at += 4) {
    const alpha = over[at + 3]!;
    if (alpha === 0) continue;
    const below = (under[at + 3]! * (white - alpha)) / white;
    const sum = alpha + below;
    for (let colour = at; colour < at + 3; colour++) {
      under[colour] = Math.floor((over[colour]! * alpha + under[colour]! * below) / sum + 0.5);
    }
    under[at + 3] = Math.floor(sum + 0.5);
  }
}
