/** libtensorflow in the cache, out of the jar that TensorFlow Java publishes on Maven Central. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { extract, verifySha256 } from './archive.js';
import { run } from './commands.js';
import { needFreeSpace, parkedBy, placeAtomically } from './parts.js';
import { cacheDirectory, libraryDirectory, tensorflowVersion } from './places.js';
import type { Log } from './set-up-error.js';

/** The release of TensorFlow Java that carries libtensorflow 2.10.1 (its C and C++ API). */
const artifact = { version: '0.5.0', classifier: 'linux-x86_64' } as const;
const jar = `tensorflow-core-api-${artifact.version}-${artifact.classifier}.jar`;
const jarSha256 = 'f394c5be26c8f3b644cdc77e6741b2cfe774caa8aedeb969c50e074444feac55';
const files = [
  'libtensorflow_cc.so.2',
  'libtensorflow_framework.so.2',
  'LICENSE',
  'THIRD_PARTY_TF_JNI_LICENSES',
];

export function libraryIsCached(): boolean {
  return existsSync(libraryDirectory);
}

export function fetchLibrary(log: Log): void {
  needFreeSpace(cacheDirectory, 900);
  placeAtomically(libraryDirectory, (directory) => {
    const downloads = join(directory, 'downloads');
    mkdirSync(downloads);
    log(
      `Fetching libtensorflow ${tensorflowVersion} (117 MB) from Maven Central, because ` +
        'tfjs-node computes with it and its own installer could not download it',
    );
    fetchJar(downloads);
    verifySha256(join(downloads, jar), jarSha256);
    log('Unpacking it (476 MB)');
    extract(join(downloads, jar), (path) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      return files.includes(name) ? join(directory, name) : undefined;
    });
    rmSync(downloads, { recursive: true });
  });
}

/** Removes what an interrupted run left in the cache; a running one's parts stay. */
export function removeAbandonedParts(): void {
  for (const name of readdirSync(cacheDirectory)) {
    const owner = parkedBy(name);
    if (owner !== undefined && !isRunning(owner)) {
      rmSync(join(cacheDirectory, name), { recursive: true, force: true });
    }
  }
}

/** A throw-away local repository: the jar isn't left a second time in ~/.m2. */
function fetchJar(directory: string): void {
  run(
    'mvn',
    [
      '--quiet',
      '--batch-mode',
      `-Dmaven.repo.local=${join(directory, 'm2')}`,
      'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy',
      `-Dartifact=org.tensorflow:tensorflow-core-api:${artifact.version}:jar:${artifact.classifier}`,
      `-DoutputDirectory=${directory}`,
      '-Dmdep.useBaseVersion=true',
    ],
    directory,
  );
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // no such process
  }
}
