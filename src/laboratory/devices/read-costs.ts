import type { PagesCost, ReadCosts } from './device.js';

/** What one read costs: seconds beside others, and seconds of what all share. */
export interface ReadCost {
  readonly beside: number;
  readonly shared: number;
}

/** @param goesOn whether the read starts where the one before ended */
export function costOfRead(device: ReadCosts, length: number, goesOn: boolean): ReadCost {
  const { sequential, manyPages } = device;
  if (goesOn) {
    return {
      beside: length / sequential.streamRate,
      shared: sequential.commandCost + length / sequential.interfaceRate,
    };
  }
  const pages = manyPages === undefined ? 0 : pagesSeconds(manyPages, length);
  return {
    beside: device.latency + pages + length / device.streamRate,
    shared: device.commandCost + length / device.interfaceRate,
  };
}

/** What these bytes take at the device's full rate. */
export function transferSeconds({ interfaceRate, sequential }: ReadCosts, bytes: number): number {
  return bytes / Math.max(interfaceRate, sequential.interfaceRate);
}

function pagesSeconds({ seconds, size }: PagesCost, length: number): number {
  return seconds * Math.min(1, Math.max(0, length - SMALL_READ) / (size - SMALL_READ));
}

const SMALL_READ = 4096;
