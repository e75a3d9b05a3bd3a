/** Ingests files: for each request, a line of JSON with their names, the report of the ingest. */
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { ingest } from 'planefeed';

import type { IngestAnswer, IngestRequest } from './answers.js';

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await ingestFiles(JSON.parse(line) as IngestRequest).catch(
    (error: unknown): IngestAnswer => ({
      bug: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function ingestFiles({ directory, names, target }: IngestRequest): Promise<IngestAnswer> {
  const records = names.map((name) => ({
    id: name,
    bytes: () => readFile(join(directory, name)),
    size: async () => (await stat(join(directory, name))).size,
  }));
  const { added, setAside } = await ingest(records, target, {
    height: 64,
    width: 64,
    durability: 'process',
  });
  await rm(target);
  return { added, setAside, peakBytes: process.resourceUsage().maxRSS * 1024 };
}
