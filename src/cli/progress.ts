import { SingleBar } from 'cli-progress';

/** How far a long command has come. */
export interface Progress {
  readonly done: number;
  /** `undefined` where that isn't known ahead. */
  readonly total: number | undefined;
  readonly bytes: number;
}

export interface ProgressDisplay {
  update(progress: Progress): void;
  /** Leaves the line, so that messages start on a new one. */
  stop(): void;
}

/**
 * Shows progress on a stream (stderr, so that stdout stays clean): a bar on a terminal, otherwise
 * a plain line every few seconds.
 *
 * @param unit what is counted, `images`
 */
export function showProgress(stream: NodeJS.WriteStream, unit: string): ProgressDisplay {
  return stream.isTTY ? bar(stream, unit) : lines(stream, unit);
}

function bar(stream: NodeJS.WriteStream, unit: string): ProgressDisplay {
  const display = new SingleBar({
    stream,
    format: `{bar} {value}/{total} ${unit} | {rate}/s | {size} | {eta_formatted} left`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    etaBuffer: 200,
  });
  const clock = startClock();
  let started = false;
  return {
    update: ({ done, total, bytes }) => {
      const facts = { rate: clock.rate(done), size: formatBytes(bytes) };
      // Without a total the bar stays empty, and counts.
      if (started) display.update(done, facts);
      else display.start(total ?? 0, done, facts);
      started = true;
    },
    stop: () => {
      display.stop();
    },
  };
}

const secondsBetweenLines = 3;

function lines(stream: NodeJS.WriteStream, unit: string): ProgressDisplay {
  const clock = startClock();
  let next = secondsBetweenLines;
  return {
    update: ({ done, total, bytes }) => {
      const seconds = clock.seconds();
      if (seconds < next) return;
      next = seconds + secondsBetweenLines;
      const rates = `${clock.rate(done)}/s | ${formatBytes(bytes)}`;
      if (total === undefined) {
        stream.write(`${done} ${unit} | ${rates}\n`);
        return;
      }
      const left = Math.round(((total - done) * seconds) / Math.max(done, 1));
      stream.write(`${done}/${total} ${unit} | ${rates} | ${left} s left\n`);
    },
    stop: () => undefined,
  };
}

function startClock(): { seconds: () => number; rate: (done: number) => number } {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  return { seconds, rate: (done) => Math.round(done / Math.max(seconds(), 0.001)) };
}

/** `1.5 MB`: powers of 1,000, as disks are sold. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]!}`;
}
