import { isDeepStrictEqual } from 'node:util';
import path from 'node:path';

import fc from 'fast-check';
import { File } from 'planefeed';
import { expect, test } from 'vitest';

import { describeWithH5py } from '../support/h5py.js';
import { temporaryDirectory } from '../support/temp.js';
import { nestModel, readModel } from './round-trip-model.js';
import type { ModelDataset } from './round-trip-model.js';
import { roundTrips, zeroOf } from './round-trip-cases.js';
import type { Phase, RoundTrip } from './round-trip-cases.js';
import { takeTurnsInH5py } from './round-trip-h5py.js';
import type { Facts, Found, Turn } from './round-trip-h5py.js';
import { create, factsOf, readAll, take } from './round-trip-ours.js';
import { transferOf } from './round-trip-types.js';
import type { Value } from './round-trip-types.js';

/** More of them: PLANEFEED_ROUND_TRIPS=5000 npx vitest run test/hdf5/round-trip.test.ts */
const RUNS = Number(process.env.PLANEFEED_ROUND_TRIPS ?? 100);
const SEED = 4;
const PATIENCE = 60_000 + RUNS * 100;
/** Datasets of one file. */
const BATCH = 250;

test(
  'a dataset is what a model of plain arrays is, whatever happens to it',
  async () => {
    using file = await File.open(path.join(await temporaryDirectory(), 'file.h5'), 'w');
    let runs = 0;
    fc.assert(
      fc.property(roundTrips(), ({ type, creation, phases }) => {
        const dataset = create(file, `run ${runs++}`, type, creation);
        for (const phase of phases) {
          take(dataset, type, phase.steps);
          expectModel(readAll(dataset, phase), phase);
        }
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: false },
    );
  },
  PATIENCE,
);

describeWithH5py('round trips', () => {
  test.each([
    ['ours → h5py → ours', 0],
    ['h5py → ours → h5py', 1],
  ] as const)(
    '%s',
    async (_, first) => {
      const directory = await temporaryDirectory();
      const all = fc.sample(roundTrips(first === 0 ? 1 : 0), {
        numRuns: RUNS,
        seed: SEED + 1 + first,
      });
      const problems: string[] = [];
      for (let from = 0; from < all.length; from += BATCH) {
        const name = path.join(directory, `${from}.h5`);
        problems.push(...(await travel(name, all.slice(from, from + BATCH), first)));
      }
      expect(problems.slice(0, 3), `${problems.length} of ${RUNS}`).toEqual([]);
    },
    PATIENCE,
  );
});

/** Takes the phases of all datasets in turn; one phase is the last for some. */
async function travel(name: string, all: readonly RoundTrip[], first: number): Promise<string[]> {
  const problems: string[] = [];
  const facts = new Map<RoundTrip, Facts>();
  for (let at = 0; at < 3; at++) {
    const turns = all.map((roundTrip, number): Turn => {
      const idle: Phase = { ...roundTrip.phases.at(-1)!, steps: [] };
      const phase = roundTrip.phases[at] ?? idle;
      return { name: String(number), roundTrip, phase, create: at === 0 };
    });
    const found =
      (at + first) % 2 === 0 ? await ourTurns(name, turns) : await theirTurns(name, turns);
    turns.forEach(({ roundTrip }, number) => {
      const got = found[number]!;
      const problem =
        got instanceof Error ? got.message : differentFacts(facts.get(roundTrip), got);
      if (!(got instanceof Error)) facts.set(roundTrip, got);
      if (problem === undefined) return;
      problems.push(`${problem}\nin phase ${at} of ${describeCase(roundTrip)}`);
    });
  }
  return problems;
}

/** How each dataset is stored, or what went wrong with it. */
async function ourTurns(name: string, turns: readonly Turn[]): Promise<(Facts | Error)[]> {
  using file = await File.open(name, 'a');
  return turns.map((turn) => {
    const { type, creation } = turn.roundTrip;
    return attempt(() => {
      const dataset = turn.create
        ? create(file, turn.name, type, creation)
        : file.dataset(turn.name);
      take(dataset, type, turn.phase.steps);
      expectModel(readAll(dataset, turn.phase), turn.phase);
      return factsOf(dataset);
    });
  });
}

async function theirTurns(name: string, turns: readonly Turn[]): Promise<(Facts | Error)[]> {
  const found = await takeTurnsInH5py(name, turns);
  return found.map((got, number) =>
    attempt(() => {
      if ('error' in got) throw new Error(got.error);
      expectTheirs(got, turns[number]!);
      return got.facts;
    }),
  );
}

function attempt(body: () => Facts): Facts | Error {
  try {
    return body();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
}

function differentFacts(before: Facts | undefined, now: Facts): string | undefined {
  if (before === undefined) return undefined;
  const then = { ...before, shape: now.shape };
  if (isDeepStrictEqual(then, now)) return undefined;
  return `stored as ${JSON.stringify(now)}, before: ${JSON.stringify(before)}`;
}

function expectTheirs({ arrays, dtype, fillvalue }: Found, { roundTrip, phase }: Turn): void {
  const { type, creation } = roundTrip;
  expect(dtype).toBeNull();
  if (fillvalue !== undefined) {
    expect(fillvalue, 'fillvalue').toBe(transferOf(type, [creation.fillvalue ?? zeroOf(type)]));
  }
  expectedOf(phase).forEach(({ shape, values }, at) => {
    const expected = { shape, data: transferOf(type, values) };
    expectSame(arrays[at], expected, `h5py's read ${at}`);
  });
}

function expectModel(got: readonly unknown[], phase: Phase): void {
  expectedOf(phase).forEach((dataset, at) => {
    const expected = { shape: dataset.shape, list: nestModel(dataset) };
    expectSame(got[at], expected, `our read ${at}`);
  });
}

/** Faster than `expect`, and shows where the two part. */
function expectSame(got: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(got, expected)) return;
  const [mine, theirs] = [textOf(got), textOf(expected)];
  if (mine === theirs) return;
  let at = 0;
  while (mine[at] === theirs[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 60), at + 60);
  throw new Error(`${what} has … ${around(mine)} …, expected … ${around(theirs)} …`);
}

/** JSON that tells -0 from 0, NaN from infinities, and bigints from numbers. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `${part}n`;
    if (typeof part !== 'number') return part;
    return Object.is(part, -0) ? '#-0' : `#${part}`;
  });
}

function expectedOf({ after, reads }: Phase): ModelDataset<Value>[] {
  return [after, ...reads.map(({ entries }) => readModel(after, entries))];
}

/** Long lists are cut: the values are few, and lie scattered. */
function describeCase(roundTrip: RoundTrip): string {
  return JSON.stringify(roundTrip, (key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (key !== 'values' || !Array.isArray(value) || value.length <= 6) return value;
    return [...(value as unknown[]).slice(0, 6), `… ${value.length}`];
  });
}
