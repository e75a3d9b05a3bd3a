import { PlanefeedError } from '../errors.js';

/**
 * What a damaged object is described with.
 *
 * @throws the error itself where it isn't about the file
 */
export function messageOf(error: unknown): string {
  if (error instanceof PlanefeedError) return error.message;
  throw error;
}
