import type { Source } from './entry.js';

export const storageBenchmarks: Source = {
  title: 'A tale of storage benchmarks (habeebq, 31 December 2015)',
  url: 'https://github.com/habeebq/habeebq.github.io/blob/8aa0288a5f08e73e2bc7a5751d19847535ec7433/blog/content/11012016-A_tale_of_Storage_Benchmarks.md',
  where: '“Benchmarking the other drives”: HD Tune and CrystalDiskMark 5.1.0',
};

export const tomsHardware: Source = {
  title: '500GB Per Platter: Three Next-Gen 7,200 RPM Hard Drives (Tom’s Hardware)',
  url: 'http://www.tomshardware.com/reviews/2tb-hdd-7200,2430-2.html',
  where: 'page 2, “Samsung Spinpoint F3 500GB (HD502HJ)”',
};

export const diskSimDepths: Source = {
  title: 'ublk-disksim: measurements of real drives',
  url: 'https://github.com/lumir-sliva/ublk-disksim/blob/2b73b07da44d6d93280a424f53e6edc259d58080/docs/img/data/qd.tsv',
  where: 'rows “ST2000DM006 (real)”, 4 KiB random reads over the whole disk',
};

export const diskSimBarracuda: Source = {
  title: 'ublk-disksim: measurements of real drives',
  url: 'https://github.com/lumir-sliva/ublk-disksim/blob/c39f18d46c34c82c3f4b572caddd0b3b535b86e4/bench/expect/barracuda-2t.tsv',
  where: 'rows randread-qd1 and seqread-1m, “one real drive, through NTFS”',
};

export const diskSimProfiles: Source = {
  title: 'ublk-disksim: the data sheet of the Ultrastar 7K8, as quoted there',
  url: 'https://github.com/lumir-sliva/ublk-disksim/blob/17a8392a51d8e353211d3b836a3fe7c27d5c916b/README.md',
  where: 'section “hdd”, paragraph and table “hgst-7k8”',
};

export const diskSimRealDrives: Source = {
  title: 'ublk-disksim: validation',
  url: 'https://github.com/lumir-sliva/ublk-disksim/blob/17a8392a51d8e353211d3b836a3fe7c27d5c916b/docs/VALIDATION.md',
  where: 'section 5, “Real drives”, table “Samsung 850 EVO 250 GB”',
};

export const evo850Specification: Source = {
  title: 'Samsung SSD 850 EVO 250GB Review, with Samsung’s specification (Ubergizmo)',
  url: 'https://www.ubergizmo.com/reviews/samsung-ssd-850-evo-250gb/',
  where: 'table “Specifications”, column 250GB',
};

export const evo870Specification: Source = {
  title: 'ublk-disksim: the data sheet of the Samsung 870 EVO 1 TB, as quoted there',
  url: 'https://github.com/lumir-sliva/ublk-disksim/blob/d168d8918b2e015e85bff86adb4381aba95d02f3/bench/expect/sata-consumer.tsv',
  where: 'rows marked “spec”',
};

export const pcWorld: Source = {
  title: 'PCWorld, March 2021: Samsung 870 EVO',
  url: 'https://issuhub.com/view/index?id=33151&pageIndex=69',
  where: 'page 69, CrystalDiskMark 6, first bar of each chart',
};

export const p3PlusCrystalDiskMark: Source = {
  title: 'as-en engine: performance of file access',
  url: 'https://github.com/azhirnov/as-en/blob/14857690ea4d0bcdb86d823c48bee83e8db3949d/AE/docs/papers/bench/AsyncFIle.md',
  where: '“ASUS NUC15” (CT2000P3PSSD8), CrystalDiskMark 8, reads',
};

export const p3PlusAsyncFile: Source = {
  title: 'as-en engine: performance of file access',
  url: 'https://github.com/azhirnov/as-en/blob/14857690ea4d0bcdb86d823c48bee83e8db3949d/AE/docs/papers/bench/AsyncFIle.md',
  where: '“ASUS NUC15” (CT2000P3PSSD8), the author’s own AsyncFile test, unbuffered',
};

export const s3Latency: Source = {
  title: 'Best Practices Design Patterns: Optimizing Amazon S3 Performance (AWS)',
  url: 'https://docs.aws.amazon.com/whitepapers/latest/s3-optimizing-performance-best-practices/introduction.html',
  where: '“Introduction”: first-byte-out latencies of roughly 100–200 milliseconds',
};

export const s3Parallel: Source = {
  title: 'Best Practices Design Patterns: Optimizing Amazon S3 Performance (AWS)',
  url: 'https://docs.aws.amazon.com/whitepapers/latest/s3-optimizing-performance-best-practices/horizontal-scaling-and-request-parallelization-for-high-throughput.html',
  where:
    'one concurrent request for each 85–90 MB/s; about 15 of them saturate a 10 Gb/s network card',
};
