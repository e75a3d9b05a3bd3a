import type { FileVerification } from '../verify/verify-file.js';
import { formatJournal } from './format-journal.js';
import { formatCount, plural, printable } from './format.js';
import { formatBytes } from './progress.js';

/** Lines of a report that are shown; all are in the JSON. */
const MOST_SHOWN = 20;

/** What was found in a file, for people. */
export function formatVerification(found: FileVerification): string {
  const { file, bytes, sound, journal, problems, problemCount } = found;
  const state = sound ? 'sound' : `damaged: ${plural(problemCount, 'problem')}`;
  const shown = problems.slice(0, MOST_SHOWN);
  const more = problemCount - shown.length;
  const lines = [
    `${printable(file)}: ${state}`,
    ...shown.map(({ message }) => `  ! ${printable(message)}`),
    ...(more > 0 ? [`  ! and ${formatCount(more)} more`] : []),
    ...(bytes > 0 ? facts(found).map((fact) => `  ${fact}`) : []),
    ...(journal === 'none' ? [] : [`  ${formatJournal(file, journal)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function facts(found: FileVerification): string[] {
  const { bytes, objects, chunks, dataset, images, verified, unverified, columns } = found;
  return [
    `${formatBytes(bytes)}, ${plural(objects, 'object')}, ${plural(chunks, 'chunk')}, ${found.seconds.toFixed(1)} s`,
    ...(dataset === null
      ? []
      : [
          `${plural(images ?? 0, 'image')} in ${printable(dataset)}: ${plural(verified, 'plane')} held to their checksums${unverified === 0 ? '' : `, ${formatCount(unverified)} not`}`,
        ]),
    ...(columns.length === 0 ? [] : [`columns: ${columns.map(printable).join(', ')}`]),
  ];
}
