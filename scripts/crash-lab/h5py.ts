import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { python } from '../../test/support/probe.js';
import { digestInPython } from './digest.js';
import type { Sample } from './run.js';

/** How many of the files h5py reads as anything but a commit that they may hold. */
export function lostToH5py(samples: readonly Sample[], folder: string): number {
  const names = samples.map(({ bytes }, n) => {
    const name = path.join(folder, `sample-${n}.h5`);
    fs.writeFileSync(name, bytes);
    return name;
  });
  const { status, stdout, stderr } = spawnSync(python, ['-c', program], {
    input: JSON.stringify(names),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`h5py: ${stderr.trim().split('\n').at(-1) ?? 'failed'}`);
  const digests = JSON.parse(stdout) as string[];
  for (const name of names) fs.rmSync(name);
  return samples.filter(({ allowed }, n) => !allowed.includes(digests[n]!)).length;
}

const program = `
import json, sys
import h5py, numpy as np
${digestInPython}
def safely(path):
    try:
        return digest_of(path)
    except Exception as error:
        return 'unreadable: ' + str(error)
json.dump([safely(path) for path in json.load(sys.stdin)], sys.stdout)
`;
