/** Strings that were met, in 8 to 16 bytes each: two different ones pass for one in 2^53 pairs. */
export interface IdSet {
  has(id: string): boolean;
  add(id: string): void;
}

/** @example const seen = createIdSet(); seen.add('a'); seen.has('a'); // true */
export function createIdSet(): IdSet {
  let table = new Float64Array(1024);
  let count = 0;
  /** Where the hash is, or belongs; hashes aren't 0, which marks a free place. */
  const placeOf = (hash: number, places: Float64Array): number => {
    let place = hash % places.length;
    while (places[place] !== 0 && places[place] !== hash) place = (place + 1) % places.length;
    return place;
  };
  const grow = (): void => {
    const larger = new Float64Array(Math.ceil(table.length * 1.5));
    for (const hash of table) if (hash !== 0) larger[placeOf(hash, larger)] = hash;
    table = larger;
  };
  return {
    has: (id) => table[placeOf(hash53(id), table)] !== 0,
    add: (id) => {
      if (count >= table.length * 0.75) grow();
      const hash = hash53(id);
      const place = placeOf(hash, table);
      if (table[place] === 0) count++;
      table[place] = hash;
    },
  };
}

/**
 * A hash of 1 to 2^53 - 1. Two multiplicative hashes of 32 bits beside each other, mixed as
 * MurmurHash3 ends (public domain, Austin Appleby).
 */
function hash53(text: string): number {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    low = Math.imul(low ^ unit, 0x9e3779b1);
    high = Math.imul(high ^ unit, 0x5f356495);
  }
  low = mix(low) ^ mix(high);
  high = mix(high ^ Math.imul(low, 0x85ebca6b));
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0) || 1;
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
