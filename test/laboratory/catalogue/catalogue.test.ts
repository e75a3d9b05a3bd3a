import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { InvalidOptionError } from '#src/errors.js';
import { catalogue, deviceNamed } from '#src/laboratory/catalogue/catalogue.js';
import { validationTable } from '#src/laboratory/catalogue/format-validation.js';
import { validate } from '#src/laboratory/catalogue/validate.js';

describe.each(catalogue.map((entry) => [entry.id, entry] as const))('%s', (_, entry) => {
  it('comes within 15 % of every published figure that set none of its parameters', () => {
    for (const { figure, error, miss } of validate(entry)) {
      const within = Math.abs(error) <= 0.15;
      expect({ figure, error, within }).toEqual({ figure, error, within: miss === undefined });
    }
  });

  it('says where every number comes from', () => {
    const sources = [
      ...entry.parameters.map(({ source }) => source),
      ...entry.checks.map(({ source }) => source),
    ];
    for (const source of sources) {
      if (source === 'unvalidated') continue;
      expect(source.url).toMatch(/^https?:\/\//);
      expect(source.where).not.toBe('');
    }
    const set = entry.parameters.map(({ sets }) => sets).join(' ');
    for (const field of Object.keys(entry.device)) {
      if (['kind', 'capacity', 'rpm'].includes(field)) continue;
      expect(set).toContain(field);
    }
  });
});

describe('the catalogue', () => {
  it('checks two disks of 7200 rpm and two SSDs at depth 32 and in sequence', () => {
    const checked = (kinds: readonly string[]): number =>
      catalogue.filter(
        ({ device, checks }) =>
          kinds.includes(device.kind) &&
          checks.some(({ figure, miss }) => figure.kind === 'sequential' && miss === undefined) &&
          checks.some(({ figure }) => figure.kind === 'random' && figure.depth === 32),
      ).length;
    expect(checked(['hdd'])).toBeGreaterThanOrEqual(2);
    expect(checked(['sata-ssd', 'nvme'])).toBeGreaterThanOrEqual(2);
  });

  it('has every name once, and finds devices by kind too', () => {
    const ids = catalogue.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(deviceNamed('HDD').device.kind).toBe('hdd');
    expect(deviceNamed('amazon-s3').device.kind).toBe('object-store');
    expect(() => deviceNamed('floppy')).toThrow(InvalidOptionError);
    expect(() => deviceNamed('floppy')).toThrow('seagate-st3500418as');
  });

  it('is what the documentation says', async () => {
    const text = await readFile('docs/device-models.md', 'utf8');
    expect(text).toContain(validationTable());
    for (const { id, parameters, checks } of catalogue) {
      expect(text).toContain(`\`${id}\``);
      for (const { source } of [...parameters, ...checks]) {
        if (source !== 'unvalidated') expect(text).toContain(source.url);
      }
      for (const { from } of parameters) expect(text).toContain(from);
    }
  });
});
