import type { DType } from './dtype.js';
import { Hdf5Object } from './hdf5-object.js';
import { dtypeOfStored } from './stored-dtype.js';

/** A named (committed) datatype: h5py's `Datatype`. */
export class Datatype extends Hdf5Object {
  get dtype(): DType {
    return dtypeOfStored(this.context.h5.datatype(this.name));
  }

  override toString(): string {
    if (this.closed) return '<Closed HDF5 named type>';
    const base = this.name.slice(this.name.lastIndexOf('/') + 1);
    return `<HDF5 named type "${base}" (dtype ${this.dtype.str})>`;
  }
}
