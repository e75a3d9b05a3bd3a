import type { OpenPeer } from './peer.js';

export interface InterleaveOptions {
  readonly repetitions: number;
  /** A measurement's work takes at least about this long. */
  readonly seconds: number;
  /** Called before each measurement, with what is about to run. */
  readonly prepare: (name: string, repetition: 'warm-up' | number) => void;
}

export interface Samples {
  readonly workPerRepetition: number;
  /** Work per second, one a repetition. */
  readonly rates: readonly number[];
}

/**
 * Measures peers in turns: each repetition runs every peer once, beginning with another one each
 * time, so that a machine that is slow for a while is slow for all of them. How much work a peer
 * gets is found in its warm-up, whose times are discarded.
 */
export async function interleave(
  peers: readonly { readonly name: string; readonly open: OpenPeer }[],
  options: InterleaveOptions,
): Promise<Samples[]> {
  const work: number[] = [];
  for (const { name, open } of peers) {
    options.prepare(name, 'warm-up');
    work.push(await warmUp(open, options.seconds * 1000));
  }
  const rates = peers.map(() => [] as number[]);
  for (let repetition = 0; repetition < options.repetitions; repetition++) {
    for (let turn = 0; turn < peers.length; turn++) {
      const i = (turn + repetition) % peers.length;
      const { name, open } = peers[i]!;
      options.prepare(name, repetition);
      // Turn 0 is what was verified; measurements go on from 1.
      const time = await open.measure(1 + repetition, work[i]!);
      rates[i]!.push((work[i]! / time) * 1000);
    }
  }
  return work.map((workPerRepetition, i) => ({ workPerRepetition, rates: rates[i]! }));
}

/** Works until a measurement is long enough, and returns how much work that took. */
async function warmUp(open: OpenPeer, target: number): Promise<number> {
  const { step } = open;
  let work = step;
  for (;;) {
    const time = await open.measure(0, work);
    if (time >= target) return work;
    // A little more than is missing, but never a leap: the first steps are the slowest.
    const factor = Math.min(4, (1.1 * target) / time);
    work = step * Math.max(work / step + 1, Math.ceil((work / step) * factor));
  }
}
