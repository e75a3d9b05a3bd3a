/** Programs in C that benchmarks compare with: compiled by the system's compiler, kept in .cache. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { cacheFolder } from './files.js';
import type { Missing } from './peer.js';

/** $CC, else the system's. */
const compiler = process.env.CC ?? 'cc';

const compiled = new Map<string, string | Missing>();

/**
 * Compiles a program, unless it was compiled before from the same source in the same way.
 *
 * @param source path
 * @param flags beyond those for optimizing
 * @returns path of the program, or why there is none
 */
export function compileC(source: string, flags: readonly string[]): string | Missing {
  const key = [source, ...flags].join(' ');
  let program = compiled.get(key);
  if (program === undefined) compiled.set(key, (program = compile(source, flags)));
  return program;
}

function compile(source: string, flags: readonly string[]): string | Missing {
  const version = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  const setUp = 'apt-get install gcc (or set CC to a C compiler)';
  if (version.error !== undefined) {
    return { reason: `no C compiler: ${version.error.message}`, setUp };
  }
  const hash = createHash('sha256')
    .update([version.stdout, ...flags, fs.readFileSync(source, 'utf8')].join('\0'))
    .digest('hex');
  const program = path.join(cacheFolder, `${path.basename(source, '.c')}-${hash.slice(0, 16)}`);
  if (fs.existsSync(program)) return program;
  fs.mkdirSync(cacheFolder, { recursive: true });
  const partial = `${program}.${process.pid}.partial`;
  const args = ['-O3', ...flags, '-o', partial, source, '-lpthread'];
  const { status, stderr } = spawnSync(compiler, args, { encoding: 'utf8' });
  if (status !== 0) {
    return { reason: `${compiler} ${args.join(' ')} failed: ${stderr.trim()}`, setUp };
  }
  fs.renameSync(partial, program);
  return program;
}
