import fs from 'node:fs';
import { rm } from 'node:fs/promises';
import { CorruptFileError } from '../errors.js';
import type { H5File, OpenH5Options } from '../storage/h5.js';
import { openH5 } from '../storage/h5.js';
import { channelCount } from './decode.js';
import type { ImageSettings, RequestedSettings } from './image-settings.js';
import { newSettings, requireSame } from './image-settings.js';
import type { ImageStatistics } from './image-statistics.js';
import { createStatistics, openStatistics } from './image-statistics.js';
import { columnsOf, readSettings, writeStructure } from './image-structure.js';
import type { ColumnTypes } from './value-columns.js';
import {
  checkColumnNames,
  createColumns,
  readColumnTypes,
  requireSameColumns,
} from './value-columns.js';

/** An image file that is open for appending, and what is in it. */
export interface ImageFile {
  readonly h5: H5File;
  readonly settings: ImageSettings;
  /** Images in the file. */
  readonly rows: number;
  readonly columns: ColumnTypes;
  /** `undefined` when the file has none of all its images. */
  readonly statistics: ImageStatistics | undefined;
}

/**
 * Opens a file for appending images, or creates it.
 *
 * @throws InvalidOptionError before anything is changed, when the file holds other images than
 *   those asked for, or isn't such a file.
 */
export async function openImageFile(
  file: string,
  requested: RequestedSettings,
  columns: ColumnTypes | undefined,
  storage: Pick<OpenH5Options, 'durability' | 'journal'>,
): Promise<ImageFile> {
  if (!fs.existsSync(file)) return createImageFile(file, requested, columns ?? {}, storage);
  // Nobody else can append between the look at the file and what follows from it.
  const h5 = await openH5(file, 'r+', storage);
  try {
    return { h5, ...readImageFile(h5, file, requested, columns) };
  } catch (error) {
    await h5.close();
    throw error;
  }
}

async function createImageFile(
  file: string,
  requested: RequestedSettings,
  columns: ColumnTypes,
  storage: Pick<OpenH5Options, 'durability' | 'journal'>,
): Promise<ImageFile> {
  const settings = newSettings(requested, file);
  checkColumnNames(columns);
  const h5 = await openH5(file, 'w-', storage);
  try {
    writeStructure(h5, settings);
    createColumns(h5, columns);
    const statistics = createStatistics(h5, channelCount[settings.channels], settings);
    await h5.commit();
    return { h5, settings, rows: 0, columns, statistics };
  } catch (error) {
    // It was made here and there is nothing in it yet.
    await h5.close();
    await rm(file, { force: true });
    throw error;
  }
}

function readImageFile(
  h5: H5File,
  file: string,
  requested: RequestedSettings,
  wanted: ColumnTypes | undefined,
): Omit<ImageFile, 'h5'> {
  const settings = readSettings(h5, file);
  requireSame(settings, requested, file);
  const rows = rowsOf(h5, '/images');
  for (const column of columnsOf(settings)) {
    if (rowsOf(h5, column) !== rows) {
      throw new CorruptFileError(
        `Expected ${rows} rows as in /images, found ${rowsOf(h5, column)}`,
        { place: { file, dataset: column } },
      );
    }
  }
  const columns = readColumnTypes(h5, file, rows);
  if (wanted !== undefined) requireSameColumns(columns, wanted, file);
  return { settings, rows, columns, statistics: openStatistics(h5, rows, settings) };
}

function rowsOf(h5: H5File, column: string): number {
  return h5.dataset(column).shape?.[0] ?? 0;
}
