import { Command } from 'commander';
import { InvalidOptionError } from '../errors.js';
import { rate, share } from '../laboratory/bench/format-figures.js';
import { deviceNamed } from '../laboratory/catalogue/catalogue.js';
import { findDevice } from '../laboratory/find-device.js';
import type { ImageSet } from '../laboratory/layouts/layout.js';
import { patternNamed } from '../laboratory/layouts/patterns.js';
import { openPresent } from '../laboratory/tune/open-present.js';
import { tune, type Advice, type Expected, type Reading } from '../laboratory/tune/tune.js';
import { exitCodes } from './exit-codes.js';
import { parseBytes, parseCount, parseShape } from './parse-options.js';
import { printError } from './print-error.js';

interface TuneCommandOptions {
  readonly shape?: ImageSet['shape'];
  readonly itemSize: number;
  readonly dataset: string;
  readonly pattern: string;
  readonly device?: string;
  readonly batchSize: number;
  readonly memory: number;
  readonly json?: true;
}

/** `planefeed tune [FILE.h5] …` */
export function tuneCommand(): Command {
  return new Command('tune')
    .description('advise on layout, shuffling and look-ahead for images on a disk')
    .argument('[file]', 'HDF5 file with the images')
    .option('--shape <n,h,w,c>', 'images, where there is no file yet', parseShape)
    .option('--item-size <bytes>', 'bytes of an element, with --shape', parseCount, 1)
    .option('--dataset <path>', 'the images in the file', '/images')
    .option('--pattern <name>', 'what they are read for', 'images shuffled')
    .option('--device <name>', 'a device of the catalogue (default: as the file’s disk says it is)')
    .option('--batch-size <n>', 'images in a batch', parseCount, 32)
    .option('--memory <bytes>', 'of batches, read ahead and in use', parseBytes, 2 ** 30)
    .option('--json', 'print the advice as one JSON object')
    .addHelpText(
      'after',
      `
What is expected is modelled: the exact reads, priced by a model of the device. Decompression, and what
the training takes, aren't in it. docs/layouts.md says why layouts differ; planefeed bench shows all.

Exit codes:
  ${exitCodes.success}    success
  ${exitCodes.failure}    failed; stderr says why

Examples:
  planefeed tune photos.h5
  planefeed tune photos.h5 --device hdd --pattern 'channel shuffled'
  planefeed tune --shape 350000,224,224,3 --device hdd --json`,
    )
    .action(async (file: string | undefined, options: TuneCommandOptions) => {
      try {
        const { advice, note } = await advise(file, options);
        process.stdout.write(
          options.json === true ? `${JSON.stringify(advice)}\n` : format(advice, file, note),
        );
      } catch (error) {
        if (options.json === true) printError(error);
        throw error;
      }
    });
}

async function advise(
  file: string | undefined,
  options: TuneCommandOptions,
): Promise<{ advice: Advice; note: string }> {
  const { shape, itemSize, batchSize, memory } = options;
  if ((file === undefined) === (shape === undefined)) {
    throw new InvalidOptionError('Expected either a file or --shape', {
      advice: 'For example: planefeed tune photos.h5, or planefeed tune --shape 50000,224,224,3',
    });
  }
  const pattern = patternNamed(options.pattern);
  const { name, note } =
    options.device === undefined ? await deviceUnder(file) : { name: options.device, note: '' };
  const device = deviceNamed(name);
  const common = { pattern, device, batchSize, memory };
  if (file === undefined) {
    return { advice: tune({ ...common, set: { shape: shape!, itemSize } }), note };
  }
  const { set, placed } = await openPresent(file, options.dataset);
  return { advice: tune({ ...common, set, present: placed }), note };
}

/** The kind of disk that a file lies on, as far as the system tells. */
async function deviceUnder(file: string | undefined): Promise<{ name: string; note: string }> {
  if (file === undefined) {
    return { name: 'ssd', note: 'For an SSD: name another with --device.' };
  }
  const { rotational, disk, virtual, unknown } = await findDevice(file);
  if (rotational === undefined) {
    return {
      name: 'ssd',
      note: `${unknown ?? 'The disk isn’t known'}: taken for an SSD (--device).`,
    };
  }
  const name = rotational ? 'hdd' : disk?.startsWith('nvme') === true ? 'nvme' : 'ssd';
  const doubt =
    virtual === true
      ? ' It is a virtual machine’s, which may be wrong: name it with --device.'
      : '';
  return {
    name,
    note: `The disk ${disk ?? ''} says that it ${rotational ? 'turns' : 'doesn’t turn'}.${doubt}`,
  };
}

function format(advice: Advice, file: string | undefined, note: string): string {
  const { device, pattern, layout, chunks, placement, reading, expected, present, reason } = advice;
  const lines = [
    ...(note === '' ? [] : [note, '']),
    `For ${pattern} on ${device} (modelled):`,
    `  layout        ${layout}: ${chunks === null ? 'contiguous' : `chunks (${chunks.join(', ')})`}${chunks === null ? '' : `, placement ${placement}`}`,
    ...readingLines(reading),
    `  expected      ${expectedText(expected)}`,
    '',
    reason,
  ];
  if (present === null) return `${lines.join('\n')}\n`;
  const gain = expected.imagesPerSecond / present.expected.imagesPerSecond;
  lines.push(
    '',
    'The file as it is:',
    ...readingLines(present.reading),
    `  expected      ${expectedText(present.expected)}`,
    '',
    gain < 1.1
      ? 'It needs no other layout.'
      : `Another layout gives ${gain.toFixed(1)} times as much: planefeed repack ${file!} tuned.h5 ${repackOptions(advice)}`,
  );
  return `${lines.join('\n')}\n`;
}

function readingLines({ shuffle, coalesceGap, prefetch, workers }: Reading): string[] {
  const order =
    shuffle === false
      ? 'none'
      : shuffle === 'full'
        ? 'full: every image at random'
        : `window of ${shuffle.window}`;
  return [
    `  shuffle       ${order}`,
    `  coalesceGap   ${coalesceGap}`,
    `  prefetch      ${prefetch} batches`,
    `  workers       ${workers}`,
  ];
}

function expectedText({ imagesPerSecond, error, ofCeiling, mixing }: Expected): string {
  const doubt = error === null ? 'unvalidated' : `± ${share(error)}`;
  return `${rate(imagesPerSecond)} images/s (${doubt}), ${share(ofCeiling)} of the disk’s sequential rate; a batch mixes ${share(mixing)} as far as chance would`;
}

function repackOptions({ layout, chunks, placement }: Advice): string {
  if (chunks === null) return '--chunks contiguous';
  if (layout === 'plane') return '';
  return placement === 'channel' ? '--placement channel' : `--chunks ${chunks.join(',')}`;
}
