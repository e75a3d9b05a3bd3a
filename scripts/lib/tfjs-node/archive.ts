/** Reading zip archives (jars, wheels) with the unzipper that tfjs-node brings as its dependency. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

import { packageDirectory } from './places.js';
import { SetUpError } from './set-up-error.js';

/** Writes the entries that `where` gives a path to (missing directories are made). */
export function extract(archive: string, where: (entry: string) => string | undefined): void {
  const require = createRequire(join(packageDirectory, 'package.json'));
  const AdmZip = require('adm-zip') as new (path: string) => {
    getEntries(): { readonly entryName: string; getData(): Buffer }[];
  };
  for (const entry of new AdmZip(archive).getEntries()) {
    const path = where(entry.entryName);
    if (path === undefined) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, entry.getData()); // getData checks the entry's CRC
  }
}

export function verifySha256(path: string, expected: string): void {
  const actual = sha256(path);
  if (actual !== expected) {
    throw new SetUpError(
      `checksum mismatch: ${basename(path)} has SHA-256 ${actual}, expected ${expected}`,
    );
  }
}

function sha256(path: string): string {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(4 * 1024 * 1024);
  const file = openSync(path, 'r');
  try {
    for (let length = readSync(file, block); length > 0; length = readSync(file, block)) {
      hash.update(block.subarray(0, length));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}
