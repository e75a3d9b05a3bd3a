/** The packages whose HDF5 files are read. */
import { debianSource, pythonPackage, type Package } from '../lib/fetch-packages.js';

export const packages: readonly Package[] = [
  { name: 'HDF5', archive: /\.orig\.tar\.\w+$/, download: debianSource('hdf5') },
  { name: 'netCDF', archive: /\.orig\.tar\.\w+$/, download: debianSource('netcdf') },
  {
    name: 'pyfive',
    archive: /\.tar\.gz$/,
    download: pythonPackage('pyfive==1.3.0', ['--no-binary', ':all:']),
  },
  {
    name: 'PyTables',
    archive: /\.whl$/,
    download: pythonPackage('tables==3.11.1', ['--only-binary', ':all:']),
  },
];
