import { createHash } from 'node:crypto';
import fs from 'node:fs';

import { File, type Dataset } from 'jsfive';

import { repository } from '../../lib/files.js';
import { chunkBytes, chunked } from '../../lib/index-file.js';
import type { Peer } from '../../lib/peer.js';
import { inProcess, middleChunk, type IndexData, type Method } from './methods.js';

/** jsfive knows the v1 B-tree only, and reads all of it whenever it reads elements. */
export function jsfive(method: Method): Peer<IndexData> {
  return {
    name: 'jsfive',
    kind: 'peer',
    detail:
      'fs.readFileSync, new File(), dataset.value up to where all of the index is in memory; given the same chunks in a v1 B-tree where the index is another',
    open(file) {
      const { version } = JSON.parse(
        fs.readFileSync(`${repository}node_modules/jsfive/package.json`, 'utf8'),
      ) as { version: string };
      return Promise.resolve({
        ...inProcess(method, file, () => {
          readIndex(file.earliest);
          return Promise.resolve();
        }),
        digest: () => Promise.resolve(digestOfElements(method, file)),
        versions: { jsfive: version },
        close: () => Promise.resolve(),
      });
    },
  };
}

/** The index can't be had alone: once it is read, the filters are asked for, and this ends it. */
function readIndex(path: string): void {
  const dataset = open(path);
  const indexIsRead = new Error('The index is read');
  Object.defineProperty(dataset._dataobjects, 'filter_pipeline', {
    get() {
      throw indexIsRead;
    },
  });
  try {
    dataset.value.at(0);
  } catch (error) {
    if (error === indexIsRead) return;
    throw error;
  }
  throw new Error('Expected jsfive to ask for the filters after it has read the index');
}

function open(path: string): Dataset {
  const { buffer, byteOffset, byteLength } = fs.readFileSync(path);
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  return new File(bytes, path).get(chunked);
}

/** Of what the chunks hold, one after the other; of the one in the middle for `find`. */
function digestOfElements(method: Method, file: IndexData): string {
  const [images, height, width, channels] = file.shape;
  const elements = open(file.earliest).value;
  const chunks = new Uint8Array(images * height * width * channels);
  const pixels = height * width;
  for (let at = 0, image = 0; image < images; image++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let pixel = 0; pixel < pixels; pixel++, at++) {
        chunks[at] = elements[(image * pixels + pixel) * channels + channel]!;
      }
    }
  }
  const first = method === 'scan' ? 0 : middleChunk(file) * chunkBytes;
  const end = method === 'scan' ? chunks.length : first + chunkBytes;
  return createHash('sha256').update(chunks.subarray(first, end)).digest('hex');
}
