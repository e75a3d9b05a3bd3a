/** jsfive comes without types: what is used of it. */
declare module 'jsfive' {
  export class File {
    constructor(bytes: ArrayBuffer, name: string);
    get(name: string): Dataset;
  }

  export class Dataset {
    /** All elements, row-major. */
    readonly value: number[];
    readonly _dataobjects: object;
  }
}
