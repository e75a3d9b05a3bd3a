import { PlanefeedError } from '../errors.js';

/** With `--json`, stdout has one JSON object even of a failure: `{ error: { tag, message } }`. */
export function printError(error: unknown): void {
  if (!(error instanceof PlanefeedError)) return;
  const { tag, message } = error;
  process.stdout.write(`${JSON.stringify({ error: { tag, message } })}\n`);
}
