/** Code blocks of a documentation page with what they print, and one program of all of them. */

export interface DocBlock {
  /** Line of the page where the code begins. */
  readonly line: number;
  readonly code: string;
  /** The `text` block that follows; null: there is none, and nothing is printed. */
  readonly output: string | null;
}

/** The `ts` blocks of a page, each with the `text` block directly behind it. */
export function docBlocks(markdown: string): DocBlock[] {
  const pattern = /^```ts\n([^]*?)^```\n(?:\n```text\n([^]*?)^```\n)?/gm;
  return [...markdown.matchAll(pattern)].map((match) => ({
    line: markdown.slice(0, match.index).split('\n').length + 1,
    code: match[1]!,
    output: match[2] ?? null,
  }));
}

const marker = '\u0000';

/**
 * A program that runs the blocks one after the other. A block of imports is shared by all; every
 * other has a scope of its own.
 */
export function programOf(blocks: readonly DocBlock[]): string {
  const parts = blocks.map(({ code }, number) => {
    const body = code.startsWith('import ') ? code : `{\n${code}}\n`;
    return `${body}console.log(${JSON.stringify(`${marker}${number}`)});\n`;
  });
  return parts.join('');
}

/** What each block of the program printed. */
export function outputsOf(printed: string): string[] {
  return printed.split(new RegExp(`${marker}\\d+\n`)).slice(0, -1);
}
