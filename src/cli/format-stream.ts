import type { BatchDtype } from '../loader/batch.js';
import type { Mixing } from '../loader/mixing.js';
import type { LoaderStats } from '../loader/statistics.js';
import { explanationRows, type StreamExplanation } from './explain-stream.js';
import { formatCount, plural } from './format.js';
import { formatBytes } from './progress.js';

/** What `planefeed stream --json` prints. Times in seconds. */
export interface StreamReport {
  readonly file: string;
  readonly dataset: string;
  readonly lane: 'fast' | 'h5wasm';
  /** The HDF5 feature because of which the lane is `h5wasm`. */
  readonly laneReason: string | null;
  readonly imagesInFile: number;
  /** Of one image as delivered, in the layout asked for. */
  readonly imageShape: readonly number[];
  readonly dtype: BatchDtype;
  readonly batchSize: number;
  readonly epochs: number;
  /** Delivered, in all epochs. */
  readonly images: number;
  readonly batches: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Bytes of the pixels delivered, as stored before any filter. */
  readonly bytesWanted: number;
  /** Bytes of all reads. */
  readonly bytesRead: number;
  readonly requests: number;
  /** The consumer waited for batches. */
  readonly waitSeconds: number;
  /** All threads together read, undid filters, verified, assembled. */
  readonly readSeconds: number;
  readonly decodeSeconds: number;
  readonly verifySeconds: number;
  readonly assembleSeconds: number;
  /** Planes verified and not, where they should be; images found damaged, and what became of them. */
  readonly verification: Pick<
    LoaderStats,
    'verified' | 'unverified' | 'corrupt' | 'replaced' | 'skipped'
  >;
  /** How well the order mixes, measured on a sample. */
  readonly mixing: Mixing;
  /** With `--explain`. */
  readonly explanation: StreamExplanation | null;
  readonly digest: string | null;
}

export function formatStream(report: StreamReport): string {
  const { file, dataset, imagesInFile, imageShape, dtype, lane, laneReason } = report;
  const { epochs, images, batches, batchSize, seconds } = report;
  const share = seconds > 0 ? Math.round((100 * report.waitSeconds) / seconds) : 0;
  const rows: [string, string][] = [
    ['images', `${formatCount(imagesInFile)} in ${file} ${dataset}`],
    ['delivered as', `${dtype} [${imageShape.join(', ')}]`],
    ['lane', laneReason === null ? lane : `${lane}: the fast lane does not read ${laneReason}`],
    [
      'delivered',
      `${plural(images, 'image')} in ${plural(batches, 'batch', 'batches')} of ${formatCount(batchSize)}, ${plural(epochs, 'epoch')}`,
    ],
    [
      'speed',
      `${formatCount(Math.round(report.imagesPerSecond))} images/s, ${seconds.toFixed(2)} s in all${report.digest === null ? '' : ' (with hashing)'}`,
    ],
    ['waiting', `${report.waitSeconds.toFixed(2)} s for data, ${share} % of the time`],
    [
      'threads',
      `${report.readSeconds.toFixed(2)} s reading, ${(report.decodeSeconds + report.verifySeconds + report.assembleSeconds).toFixed(2)} s decoding, verifying and assembling`,
    ],
    ['mixing', mixingText(report.mixing)],
    ['bytes wanted', formatBytes(report.bytesWanted)],
    ['bytes read', `${formatBytes(report.bytesRead)} in ${plural(report.requests, 'request')}`],
    ['verified', verificationText(report.verification)],
    ...(report.explanation === null ? [] : explanationRows(report.explanation)),
    ...(report.digest === null ? [] : [['sha256', report.digest] as [string, string]]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(13)} ${value}\n`).join('');
}

function verificationText({
  verified,
  unverified,
  corrupt,
  replaced,
  skipped,
}: StreamReport['verification']): string {
  return [
    plural(verified, 'plane'),
    ...(unverified > 0 ? [`${formatCount(unverified)} could not be`] : []),
    ...(corrupt > 0
      ? [
          `${plural(corrupt, 'damaged image')}: ${formatCount(replaced)} replaced, ${formatCount(skipped)} skipped`,
        ]
      : []),
  ].join('; ');
}

function mixingText({ displacement, neighbourhoods, ...random }: Mixing): string {
  const places = `${neighbourhoods.toFixed(1)} places of the file (drawn at random: ${random.randomNeighbourhoods.toFixed(1)})`;
  return `a batch from ${places}, images moved by ${displacement.toFixed(2)} of the epoch (${random.randomDisplacement.toFixed(2)})`;
}
