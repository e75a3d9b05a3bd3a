/** The types of elements that a file of images may have. */
export type PixelDtype = 'uint8' | 'uint16' | 'float32';

/** Pixels in memory. */
export type PixelArray = Uint8Array | Uint16Array | Float32Array;

/** What each type of elements is in memory. */
export const pixelTypes: Readonly<Record<PixelDtype, PixelType>> = {
  uint8: { bytes: 1, array: Uint8Array },
  uint16: { bytes: 2, array: Uint16Array },
  float32: { bytes: 4, array: Float32Array },
};

export const pixelDtypes: readonly PixelDtype[] = ['uint8', 'uint16', 'float32'];

interface PixelType {
  readonly bytes: number;
  readonly array: Uint8ArrayConstructor | Uint16ArrayConstructor | Float32ArrayConstructor;
}
