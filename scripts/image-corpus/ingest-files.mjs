/**
 * Ingests files: for each request, a line of JSON with their names, the report of the ingest. Plain
 * JavaScript, so that its memory is the ingest's alone.
 *
 * @import { IngestAnswer, IngestRequest } from './answers.js'
 */
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { ingest } from 'planefeed';

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await ingestFiles(JSON.parse(line)).catch((error) => ({ bug: String(error) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

/**
 * @param {IngestRequest} request
 * @returns {Promise<IngestAnswer>}
 */
async function ingestFiles({ directory, names, target }) {
  const records = names.map((name) => ({
    id: name,
    bytes: () => readFile(join(directory, name)),
    size: async () => (await stat(join(directory, name))).size,
  }));
  const options = { height: 64, width: 64, durability: /** @type {const} */ ('process') };
  const { added, setAside } = await ingest(records, target, options);
  await rm(target);
  return { added, setAside, peakBytes: process.resourceUsage().maxRSS * 1024 };
}
