import { ingestFolder, type IngestReport } from 'planefeed';
import { showProgress } from '#src/cli/progress.js';

import { files, folders, size, type Part } from './places.js';
import { number, say, step } from './say.js';

/**
 * Step: each folder becomes an HDF5 file.
 *
 * @returns images a second, of the largest folder
 */
export async function ingestFolders(): Promise<number> {
  step(
    'Ingest',
    'Decodes the PNGs and appends their colour planes to /images of one HDF5 file a folder.',
  );
  const { added, seconds } = await ingest('everything');
  await ingest('train');
  await ingest('heldOut');
  return added / seconds;
}

async function ingest(part: Part): Promise<IngestReport> {
  const progress = showProgress(process.stderr, 'images');
  const report = await ingestFolder(folders[part], files[part], {
    height: size,
    width: size,
    onProgress: (now) => {
      progress.update(now);
    },
  }).finally(() => {
    progress.stop();
  });
  const { added, setAside, seconds } = report;
  if (setAside.length > 0) {
    throw new Error(`${setAside.length} emoji were set aside, such as ${setAside[0]!.id}`);
  }
  say(
    `${files[part].padEnd(25)} ${number(added).padStart(5)} images in ${seconds.toFixed(1)} s, ${number(added / seconds)} images/s`,
  );
  return report;
}
