/**
 * Makes `console.log` print the objects of a class as their `toString` does: to be called in its
 * `static` block. (A method of this name can't be declared where declarations are made file by
 * file.)
 */
export function printAsText({ prototype }: { readonly prototype: { toString(): string } }): void {
  Object.defineProperty(prototype, Symbol.for('nodejs.util.inspect.custom'), {
    configurable: true,
    value(this: { toString(): string }) {
      return this.toString();
    },
  });
}
