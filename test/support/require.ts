/** Tests of parts that a machine may lack: skipped loudly, or failing where the part is required. */
import { describe, inject, it } from 'vitest';

import { isRequired, parts, type Part } from './probe.js';

export function isAvailable(part: Part): boolean {
  return inject('parts')[part].available;
}

/**
 * `describe` for tests that need `part`. Without it they are reported as skipped, or, if
 * $PLANEFEED_REQUIRE names the part, one test fails in their place.
 *
 * The body of a skipped `describe` still runs to collect the tests: load nothing in it.
 */
export function describeWith(part: Part, name: string, body: () => void): void {
  if (isAvailable(part)) {
    describe(name, body);
    return;
  }
  const missing = `${part} is missing: ${parts[part].setUp}`;
  if (!isRequired(part)) {
    describe.skip(`${name} [${missing}]`, body);
    return;
  }
  describe(name, () => {
    it(`needs ${part}`, () => {
      throw new Error(`${missing} (PLANEFEED_REQUIRE makes this a failure)`);
    });
  });
}
