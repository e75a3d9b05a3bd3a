/** Looks once, before any test runs, at what this machine lacks, and says so loudly, twice. */
import type { TestProject } from 'vitest/node';

import { isRequired, parts, probe, type Part, type PartState } from './probe.js';

declare module 'vitest' {
  export interface ProvidedContext {
    parts: Record<Part, PartState>;
  }
}

export default function setUp(project: TestProject): () => void {
  const states: Record<Part, PartState> = {
    'tfjs-node': probe('tfjs-node'),
    h5py: probe('h5py'),
    hdf5plugin: probe('hdf5plugin'),
    'hdf5-tools': probe('hdf5-tools'),
  };
  project.provide('parts', states);
  const banner = describeMissing(states);
  if (banner !== '') console.warn(banner);
  return () => {
    if (banner !== '') console.warn(banner);
  };
}

function describeMissing(states: Record<Part, PartState>): string {
  const lines = (Object.keys(parts) as Part[])
    .filter((part) => !states[part].available)
    .flatMap((part) => [
      `${part} is missing: ${states[part].detail}`,
      `  tests of ${parts[part].purpose} ${isRequired(part) ? 'FAIL' : 'are SKIPPED'}; set it up with: ${parts[part].setUp}`,
    ]);
  if (lines.length === 0) return '';
  const rule = '!'.repeat(100);
  return ['', rule, ...lines.map((line) => `! ${line}`), rule, ''].join('\n');
}
