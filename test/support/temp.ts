import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new directory for the running test, removed when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await createDirectory();
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * The same for `beforeAll`, where no test is running yet: hand `remove` to `afterAll`.
 *
 * @example
 * let temp: SharedDirectory;
 * beforeAll(async () => { temp = await sharedDirectory(); });
 * afterAll(() => temp.remove());
 */
export async function sharedDirectory(): Promise<SharedDirectory> {
  const path = await createDirectory();
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export interface SharedDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

function createDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'planefeed-test-'));
}
