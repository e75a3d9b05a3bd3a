/** What all scenarios do with their peers: open, verify, measure in turns, compare. */
import { interleave } from './interleave.js';
import type { Missing, OpenPeer, Peer } from './peer.js';
import { pairedRatios, summarize, type Summary } from './statistics.js';

export interface CompareOptions {
  /** Name of the peer that ratios compare with; it can't be missing. */
  readonly baseline: string;
  readonly repetitions: number;
  /** Least work of a measurement. */
  readonly seconds: number;
  /** How much must be the same from all before any time is taken; or what else must hold then. */
  readonly verify: number | ((opened: readonly OpenedPeer[]) => Promise<void>);
  /** Called before each measurement, with the name of the peer. */
  readonly prepare: (name: string) => void;
  /** Is told how far the run is. */
  readonly say: (line: string) => void;
}

export interface Comparison {
  readonly results: readonly Measured[];
  readonly skipped: readonly Skipped[];
  readonly versions: Readonly<Record<string, string>>;
}

export type Skipped = Missing & { readonly name: string };

export interface Measured extends Pick<Peer, 'name' | 'kind' | 'detail'> {
  readonly workPerRepetition: number;
  /** Work per second, one a repetition, in the order of the repetitions. */
  readonly samples: readonly number[];
  readonly rate: Summary;
  /** Baseline's rate divided by this one's, repetition by repetition. */
  readonly baselineIsTimes: Summary;
  /** Only limits: bytes moved, in 10⁹ a second. */
  readonly gigabytesPerSecond?: number;
}

/** @throws Error when peers deliver different bytes: then no time is taken */
export async function compare<Data>(
  peers: readonly Peer<Data>[],
  data: Data,
  options: CompareOptions,
): Promise<Comparison> {
  const { baseline, repetitions, seconds, verify, prepare, say } = options;
  const skipped: Skipped[] = [];
  const opened: OpenedPeer[] = [];
  try {
    for (const peer of peers) {
      const missing = peer.missing?.();
      if (missing !== undefined) {
        skipped.push({ name: peer.name, ...missing });
        continue;
      }
      const { name, kind, detail } = peer;
      opened.push({ name, kind, detail, open: await peer.open(data) });
    }
    await (typeof verify === 'number' ? requireSameBytes(opened, verify) : verify(opened));
    say('All systems deliver the same bytes. Measuring …');
    const samples = await interleave(opened, {
      repetitions,
      seconds,
      prepare(name, repetition) {
        const turn = repetition === 'warm-up' ? repetition : `${repetition + 1}/${repetitions}`;
        say(`${turn}: ${name}`);
        prepare(name);
      },
    });
    const base = samples[opened.findIndex((peer) => peer.name === baseline)]!.rates;
    const results = opened.map(({ open, ...about }, i): Measured => {
      const { rates, workPerRepetition } = samples[i]!;
      return {
        ...about,
        workPerRepetition,
        samples: rates,
        rate: summarize(rates),
        baselineIsTimes: summarize(pairedRatios(base, rates)),
        ...throughput(open.bytesPerImage, rates),
      };
    });
    const versions = Object.assign({}, ...opened.map(({ open }) => open.versions)) as Record<
      string,
      string
    >;
    return { results, skipped, versions };
  } finally {
    for (const { open } of opened) await open.close();
  }
}

export type OpenedPeer = Pick<Peer, 'name' | 'kind' | 'detail'> & { readonly open: OpenPeer };

/** Times of wrong results are worthless. Peers without a digest are passed over. */
export async function requireSameBytes(
  opened: readonly OpenedPeer[],
  amount: number,
): Promise<void> {
  let expected: string | undefined;
  for (const { name, open } of opened) {
    const digest = await open.digest?.(amount);
    if (digest === undefined) continue;
    expected ??= digest;
    if (digest === expected) continue;
    throw new Error(
      `Expected the same bytes from every system, but ${name} delivers others than ${opened[0]!.name}: ${digest}, not ${expected}`,
    );
  }
}

function throughput(
  bytesPerImage: number | undefined,
  rates: readonly number[],
): Pick<Measured, 'gigabytesPerSecond'> {
  if (bytesPerImage === undefined) return {};
  return { gigabytesPerSecond: (summarize(rates).median * bytesPerImage) / 1e9 };
}
