import { InvalidOptionError } from '../../errors.js';
import type { CatalogueEntry } from './entry.js';
import { hardDisks } from './hard-disks.js';
import { objectStores } from './object-stores.js';
import { solidStateDisks } from './solid-state.js';

/** Every device with published figures. What is known of each is in `docs/device-models.md`. */
export const catalogue: readonly CatalogueEntry[] = [
  ...hardDisks,
  ...solidStateDisks,
  ...objectStores,
];

/**
 * The device of this name. A kind is also a name: `hdd`, `ssd` (`sata-ssd`), `nvme`, `object-store`;
 * it stands for the device of that kind whose model is checked best.
 *
 * @throws InvalidOptionError for another name; the message lists all
 *
 * @example
 * deviceNamed('hdd').device.kind; // 'hdd'
 */
export function deviceNamed(name: string): CatalogueEntry {
  const wanted = name.toLowerCase();
  const id = representatives[wanted] ?? wanted;
  const entry = catalogue.find((candidate) => candidate.id === id);
  if (entry !== undefined) return entry;
  const names = [...Object.keys(representatives), ...catalogue.map((candidate) => candidate.id)];
  throw new InvalidOptionError(`There is no device "${name}"`, {
    advice: `Devices are ${names.join(', ')}`,
  });
}

const representatives: Readonly<Record<string, string>> = {
  hdd: 'seagate-st3500418as',
  ssd: 'samsung-850-evo-250gb',
  'sata-ssd': 'samsung-850-evo-250gb',
  nvme: 'crucial-p3-plus-2tb',
  'object-store': 'amazon-s3',
};
