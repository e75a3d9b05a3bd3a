/** Encodes short texts into memory that is used again: bytes hold until the next call. */
export function utf8Encoder(): (text: string) => Uint8Array {
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(1024);
  return (text) =>
    // A UTF-16 unit takes up to 3 bytes.
    text.length * 3 <= buffer.length
      ? buffer.subarray(0, encoder.encodeInto(text, buffer).written)
      : encoder.encode(text);
}
