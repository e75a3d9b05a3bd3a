import type { Device } from './devices/device.js';
import { priceOnFitted } from './devices/fitted.js';
import { priceOnFlash } from './devices/flash.js';
import { priceOnHardDisk } from './devices/hard-disk.js';
import { priceOnObjectStore } from './devices/object-store.js';
import { checkTrace, type ReadTrace } from './trace.js';

/** What a trace costs on a device: modelled, never measured. */
export interface Price {
  /** From the first read's issue to the last one's end. */
  readonly seconds: number;
  readonly reads: number;
  readonly bytes: number;
  /** Reads for which a disk's arm moved; 0 on devices without an arm. */
  readonly seeks: number;
  /** What the same bytes take at the device's full sequential rate, where they lie. */
  readonly transferSeconds: number;
}

/** Where a file lies on its device. */
export interface Placement {
  /**
   * Byte of the device at which the file starts; the file lies there in one piece. 0 (the default) is
   * the outer edge of a disk, its fast end.
   */
  readonly start?: number;
}

/**
 * What a trace costs on a device. Every call begins with a device at rest: nothing cached, the arm
 * elsewhere (an average seek away), so prices of independent traces add up.
 *
 * A pure function: the same trace always has the same price.
 *
 * @throws InvalidOptionError for a trace that isn't one, or that reads beyond the device's end
 *
 * @example
 * const { seconds, seeks } = price(deviceNamed('hdd').device, trace);
 */
export function price(device: Device, trace: ReadTrace, placement: Placement = {}): Price {
  checkTrace(trace);
  const start = placement.start ?? 0;
  switch (device.kind) {
    case 'hdd':
      return priceOnHardDisk(device, trace, start);
    case 'sata-ssd':
    case 'nvme':
      return priceOnFlash(device, trace);
    case 'fitted':
      return priceOnFitted(device, trace);
    case 'object-store':
      return priceOnObjectStore(device, trace);
  }
}

/** The price of traces that know nothing of each other, one after the other: the sum. */
export function addPrices(prices: readonly Price[]): Price {
  const sum = (part: (price: Price) => number): number =>
    prices.reduce((total, price) => total + part(price), 0);
  return {
    seconds: sum(({ seconds }) => seconds),
    reads: sum(({ reads }) => reads),
    bytes: sum(({ bytes }) => bytes),
    seeks: sum(({ seeks }) => seeks),
    transferSeconds: sum(({ transferSeconds }) => transferSeconds),
  };
}
