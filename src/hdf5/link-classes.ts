import { InvalidOptionError } from '../errors.js';
import { describeValue } from './describe-value.js';
import { externalLinkRepr, softLinkRepr } from './repr.js';
import { printAsText } from './inspect.js';

/** A name for an object itself: what creating an object makes. */
export class HardLink {
  static {
    printAsText(this);
  }

  toString(): string {
    return '<HardLink>';
  }
}

/**
 * A name that stands for a path, looked up whenever it is used; nothing need be there.
 *
 * @example file.set('latest', new SoftLink('/runs/42'));
 */
export class SoftLink {
  static {
    printAsText(this);
  }

  readonly path: string;

  /** @param path of the target: absolute, or relative to the group that holds the link */
  constructor(path: string) {
    requireName(path, 'the path of its target');
    this.path = path;
  }

  toString(): string {
    return softLinkRepr(this.path);
  }
}

/** As a soft link, in another file, which is looked for beside this one. */
export class ExternalLink {
  static {
    printAsText(this);
  }

  readonly filename: string;
  readonly path: string;

  constructor(filename: string, path: string) {
    requireName(filename, 'the name of the other file');
    requireName(path, 'the path of its target');
    this.filename = filename;
    this.path = path;
  }

  toString(): string {
    return externalLinkRepr(this.path, this.filename);
  }
}

/** Callers without types may give anything. */
function requireName(name: unknown, what: string): void {
  if (typeof name === 'string' && name !== '' && !name.includes('\0')) return;
  throw new InvalidOptionError(
    `Expected ${what} as text, not empty and without NUL, got ${describeValue(name)}`,
  );
}
