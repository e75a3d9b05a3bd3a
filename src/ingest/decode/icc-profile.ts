/**
 * Whether a colour profile says that it is sRGB's: then values need no conversion.
 *
 * @param icc the profile (ICC.1:2022, 7.3: the tag table; 9.2.41: profileDescriptionTag)
 */
export function isSrgbProfile(icc: Uint8Array): boolean {
  return /^(?:adobe )?srgb\b(?!.*linear)/i.test(descriptionOf(icc));
}

function descriptionOf(icc: Uint8Array): string {
  const bytes = Buffer.from(icc.buffer, icc.byteOffset, icc.byteLength);
  const count = bytes.length < 132 ? 0 : bytes.readUInt32BE(128);
  for (let at = 132, tag = 0; tag < count && at + 12 <= bytes.length; tag++, at += 12) {
    if (bytes.toString('latin1', at, at + 4) !== 'desc') continue;
    const start = bytes.readUInt32BE(at + 4);
    const data = bytes.subarray(start, start + bytes.readUInt32BE(at + 8));
    return textOf(data);
  }
  return '';
}

/** Of textDescriptionType (version 2) or the first record of multiLocalizedUnicodeType (version 4). */
function textOf(data: Buffer): string {
  const type = data.toString('latin1', 0, 4);
  if (type === 'desc' && data.length > 12) {
    return data.toString('latin1', 12, 12 + data.readUInt32BE(8)).replace(/\0.*$/s, '');
  }
  if (type !== 'mluc' || data.length < 28) return '';
  const start = data.readUInt32BE(24);
  return data.toString('latin1', start, start + data.readUInt32BE(20)).replaceAll('\0', '');
}
