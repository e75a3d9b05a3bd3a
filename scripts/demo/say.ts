/** What the demo prints: numbered steps, and facts indented below them. */

let steps = 0;

/** @param does one line: what the step does, and why */
export function step(title: string, does: string): void {
  steps++;
  console.log(`\n${steps}. ${title}\n   ${does}`);
}

export function say(line: string): void {
  console.log(`   ${line}`);
}

/** `1,234`; below 100 with one decimal. */
export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });
}

/** `12.5 %` of a share from 0 to 1. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
