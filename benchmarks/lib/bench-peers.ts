/** The Python that has other loaders: where `npm run setup:bench-peers` puts it, and what it wrote down. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { repository } from './files.js';
import type { Missing } from './peer.js';

export const peersFolder: string = path.join(repository, '.cache', 'bench-peers-venv');
const setUpPython = path.join(peersFolder, 'bin', 'python');
/** $PLANEFEED_PEERS_PYTHON, else the one that was set up. */
export const peersPython: string = process.env.PLANEFEED_PEERS_PYTHON ?? setUpPython;
export const setUpCommand = 'npm run setup:bench-peers';

/** What became of each group of packages. */
export type SetUpRecord = Readonly<Record<string, SetUpGroup>>;

export type SetUpGroup =
  { readonly installed: readonly string[] } | { readonly skipped: string; readonly setUp: string };

const recordPath = path.join(peersFolder, 'planefeed-peers.json');

/** `{}` where nothing was set up yet. */
export function readSetUpRecord(): SetUpRecord {
  if (!fs.existsSync(recordPath)) return {};
  return JSON.parse(fs.readFileSync(recordPath, 'utf8')) as SetUpRecord;
}

export function writeSetUpRecord(record: SetUpRecord): void {
  fs.writeFileSync(recordPath, `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * Why a peer can't run here.
 *
 * @param group of packages that it is set up with
 * @param modules that it imports; they are looked for, not imported, which takes some seconds
 */
export function missingPeer(group: string, modules: readonly string[]): Missing | undefined {
  const noted = peersPython === setUpPython ? readSetUpRecord()[group] : undefined;
  if (noted !== undefined && 'skipped' in noted) {
    return { reason: noted.skipped, setUp: noted.setUp };
  }
  const code = `import importlib.util; print(*[m for m in ${JSON.stringify(modules)} if importlib.util.find_spec(m) is None])`;
  const { error, status, stdout, stderr } = spawnSync(peersPython, ['-c', code], {
    encoding: 'utf8',
  });
  if (error !== undefined || status !== 0) {
    const reason = error === undefined ? stderr.trim() : `no Python for it: ${error.message}`;
    return { reason, setUp: setUpCommand };
  }
  const lacking = stdout.trim();
  if (lacking === '') return undefined;
  return { reason: `Python lacks ${lacking}`, setUp: setUpCommand };
}
