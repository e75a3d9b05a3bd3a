/** Where the demo puts things: below the directory that it is started in. */
export const output = 'demo-output';

/** Image folders: one sub-folder a class. */
export const folders = {
  everything: `${output}/images/everything`,
  train: `${output}/images/train`,
  heldOut: `${output}/images/held-out`,
} as const;

export type Part = keyof typeof folders;

/** The HDF5 files made of them. */
export const files = {
  everything: `${output}/everything.h5`,
  train: `${output}/train.h5`,
  heldOut: `${output}/held-out.h5`,
} as const satisfies Record<Part, string>;

export const contactSheet = `${output}/contact-sheet.png`;

/** Height and width of the emoji in pixels. */
export const size = 64;
