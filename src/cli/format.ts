/** `22,170` */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 batch`, `2 batches` */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Text from a file, on one line and without what a terminal would take as a command. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) =>
    JSON.stringify(character).slice(1, -1),
  );
}
