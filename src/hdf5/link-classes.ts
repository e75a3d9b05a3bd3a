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
    this.filename = filename;
    this.path = path;
  }

  toString(): string {
    return externalLinkRepr(this.path, this.filename);
  }
}
