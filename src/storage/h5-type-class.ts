/** The classes of types: H5T_class_t of H5Tpublic.h. */
export const typeClass = {
  integer: 0,
  float: 1,
  time: 2,
  string: 3,
  bitField: 4,
  opaque: 5,
  compound: 6,
  reference: 7,
  enumeration: 8,
  variableLength: 9,
  array: 10,
} as const;
