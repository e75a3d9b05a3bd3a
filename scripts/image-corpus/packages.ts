/** The packages whose images are ingested. */
import { debianBinary, debianSource, pythonPackage, type Package } from '../lib/fetch-packages.js';

export interface ImagePackage extends Package {
  /** Where the images are in it: a path ends like this. */
  readonly images: RegExp;
}

export const packages: readonly ImagePackage[] = [
  {
    name: 'Pillow',
    archive: /\.tar\.gz$/,
    download: pythonPackage('pillow==13.0.0', ['--no-binary', ':all:']),
    images: /\/Tests\/images\//,
  },
  {
    name: 'exiv2',
    archive: /\.orig\.tar\.\w+$/,
    download: debianSource('exiv2'),
    images: /\/test\/data\//,
  },
  ...['openclipart-png', 'openclipart-svg'].map(clipArt),
  ...['lomiri-wallpapers-16.04', 'lomiri-wallpapers-20.04', 'plasma-workspace-wallpapers'].map(
    photos,
  ),
];

function clipArt(name: string): ImagePackage {
  return {
    name,
    archive: /\.deb$/,
    download: debianBinary(name),
    images: /\/usr\/share\/openclipart\//,
  };
}

function photos(name: string): ImagePackage {
  return {
    name,
    archive: /\.deb$/,
    download: debianBinary(name),
    images: /\/usr\/share\/(?:backgrounds|wallpapers)\/.*\.(?:jpg|png)$/,
  };
}
