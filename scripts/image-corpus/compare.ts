/** Compares our pixels of a file with Pillow's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { lineServer } from '../lib/line-server.js';
import type { OurAnswer, PillowAnswer, PillowFacts, PixelRequest } from './answers.js';

export type Verdict =
  /** Every sample is the same. */
  | { readonly kind: 'equal' }
  /** None is further off than 2 of 255: another order of rounding. */
  | { readonly kind: 'within 2' }
  /** They are further off, for a reason that is known. */
  | { readonly kind: 'near'; readonly why: string; readonly detail: string }
  | { readonly kind: 'different'; readonly detail: string }
  | { readonly kind: 'only ours'; readonly detail: string }
  | { readonly kind: 'only Pillow'; readonly detail: string }
  | { readonly kind: 'neither' }
  /** A crash, a hang, or an error that isn't the project's. */
  | { readonly kind: 'bug'; readonly detail: string };

export interface Comparison {
  readonly compare: (file: string) => Promise<Verdict>;
  readonly close: () => void;
}

const TIMEOUT_MS = 120_000;

/** @param scratch a directory for pixels on their way */
export function openComparison(python: string, scratch: string): Comparison {
  const pillow = lineServer(python, ['-u', pathOf('pillow_pixels.py')]);
  const ours = lineServer(process.execPath, [
    '--import',
    import.meta.resolve('tsx'),
    pathOf('our-pixels.ts'),
  ]);
  return {
    compare: async (file) => {
      const [theirOut, ourOut] = ['pillow', 'ours'].map((name) => join(scratch, name)) as Outs;
      const asked = await pillow.ask({ file, out: theirOut } satisfies PixelRequest, TIMEOUT_MS);
      const theirs: PillowAnswer =
        'answer' in asked ? (asked.answer as PillowAnswer) : { error: asked.detail };
      const size = 'error' in theirs ? {} : { size: theirs };
      const reply = await ours.ask(
        { file, out: ourOut, ...size } satisfies PixelRequest,
        TIMEOUT_MS,
      );
      if ('failure' in reply) return { kind: 'bug', detail: `${reply.failure}: ${reply.detail}` };
      return judge(theirs, reply.answer as OurAnswer, () =>
        differenceOf(readFileSync(theirOut), readFileSync(ourOut)),
      );
    },
    close() {
      pillow.close();
      ours.close();
    },
  };
}

type Outs = [theirs: string, ours: string];

export interface Difference {
  /** The largest of a sample, of 255; infinite where there aren't as many. */
  readonly largest: number;
  readonly mean: number;
}

export function differenceOf(theirs: Uint8Array, ours: Uint8Array): Difference {
  if (theirs.length !== ours.length) return { largest: Infinity, mean: Infinity };
  let [largest, sum] = [0, 0];
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(theirs[i]! - ours[i]!);
    largest = Math.max(largest, difference);
    sum += difference;
  }
  return { largest, mean: sum / ours.length };
}

export function judge(
  theirs: PillowAnswer,
  ours: OurAnswer,
  difference: () => Difference,
): Verdict {
  if ('bug' in ours) return { kind: 'bug', detail: ours.bug };
  if ('reason' in ours) {
    return 'error' in theirs ? { kind: 'neither' } : { kind: 'only Pillow', detail: ours.reason };
  }
  if ('error' in theirs) return { kind: 'only ours', detail: theirs.error };
  const found = difference();
  if (found.largest === 0) return { kind: 'equal' };
  if (found.largest <= 2) return { kind: 'within 2' };
  const detail = `off by up to ${found.largest}, ${found.mean.toFixed(2)} on average`;
  const excuse = excuses.find(({ applies, mean }) => applies(theirs) && found.mean <= mean);
  if (excuse === undefined)
    return { kind: 'different', detail: `${theirs.format} ${theirs.mode}: ${detail}` };
  return { kind: 'near', why: excuse.why, detail };
}

const excuses: readonly {
  readonly why: string;
  readonly applies: (facts: PillowFacts) => boolean;
  /** How far off on average it explains. */
  readonly mean: number;
}[] = [
  {
    why: 'CMYK: Pillow converts without a profile by arithmetic',
    applies: ({ mode, profile }) => mode === 'CMYK' && !profile,
    mean: 12,
  },
  {
    why: 'AVIF that leaves its colour matrix open: libheif and libavif take another',
    applies: ({ unspecified }) => unspecified === true,
    mean: 10,
  },
  {
    why: 'AVIF and WebP: colours of half the resolution are enlarged otherwise',
    applies: ({ format }) => format === 'AVIF' || format === 'WEBP',
    mean: 2,
  },
  {
    why: 'a colour profile, applied by another version of the library',
    applies: ({ profile }) => profile,
    mean: 2,
  },
];

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
