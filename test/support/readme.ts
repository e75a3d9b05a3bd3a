/** The code examples of README.md, so that a test can run them. */
import { readFileSync } from 'node:fs';

import { repository } from './probe.js';

export interface ReadmeExample {
  readonly name: string;
  /** The fence's language: `ts`, `sh`, … */
  readonly language: string;
  readonly code: string;
}

/**
 * Every fenced block of README.md that has a marker in the lines directly before it:
 *
 *     <!-- example: ingest -->
 *     ```ts
 *     …
 *     ```
 *
 * A marker without a fence behind it, or a name used twice, is an error.
 */
export function readmeExamples(): ReadmeExample[] {
  return parseExamples(readFileSync(`${repository}README.md`, 'utf8'));
}

export function parseExamples(markdown: string): ReadmeExample[] {
  const markers = markdown.match(/^<!-- example: .*-->$/gm) ?? [];
  const pattern = /^<!-- example: ([\w-]+) -->\n\n?```(\w+)\n([^]*?)^```$/gm;
  const examples = [...markdown.matchAll(pattern)].map(
    ([, name = '', language = '', code = '']): ReadmeExample => ({ name, language, code }),
  );
  if (examples.length !== markers.length) {
    throw new Error(
      `README.md has ${markers.length} example markers, but ${examples.length} marked code blocks`,
    );
  }
  const names = new Set(examples.map(({ name }) => name));
  if (names.size !== examples.length) throw new Error('README.md uses an example name twice');
  return examples;
}
