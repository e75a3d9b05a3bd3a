/** Puts text between the markers of a Markdown page. */
import { readFileSync, writeFileSync } from 'node:fs';

/** @throws Error when the page doesn't have the markers. */
export function replaceBetweenMarkers(page: string, name: string, text: string): string {
  const start = `<!-- ${name}: start -->`;
  const end = `<!-- ${name}: end -->`;
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`Expected a page with ${start} before ${end}`);
  return `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(to)}`;
}

export function updatePage(path: string, texts: Readonly<Record<string, string>>): void {
  let page = readFileSync(path, 'utf8');
  for (const [name, text] of Object.entries(texts)) page = replaceBetweenMarkers(page, name, text);
  writeFileSync(path, page);
}
