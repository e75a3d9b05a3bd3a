/** Runs docs/hdf5-in-typescript.md: every block, in order, and checks what it says is printed. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { docBlocks, outputsOf, programOf } from '../support/doc-blocks.js';
import { repository } from '../support/probe.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';

const run = promisify(execFile);
const blocks = docBlocks(readFileSync(`${repository}docs/hdf5-in-typescript.md`, 'utf8'));
// Inside the repository, so that the package finds itself by its name.
const folder = path.join(repository, '.cache', `docs-${process.pid}`);
const program = path.join(folder, 'page.ts');

beforeAll(async () => {
  await mkdir(folder, { recursive: true });
  await writeFile(program, programOf(blocks));
  const config = {
    extends: '../../tsconfig.base.json',
    compilerOptions: {
      noEmit: true,
      types: ['node'],
      isolatedDeclarations: false,
      declaration: false,
    },
    files: ['page.ts'],
  };
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('compiles in a strict project', { timeout: 60_000 }, async () => {
  const tsc = path.join(repository, 'node_modules/typescript/bin/tsc');
  const outcome = await run(process.execPath, [tsc, '-p', folder]).catch(
    (error: unknown) => error as { stdout: string },
  );
  expect(outcome.stdout).toBe('');
});

describe('prints what it says', () => {
  let cwd: SharedDirectory;
  let outputs: string[] = [];
  beforeAll(async () => {
    cwd = await sharedDirectory();
    const tsx = path.join(repository, 'node_modules/tsx/dist/cli.mjs');
    const { stdout } = await run(process.execPath, [tsx, program], {
      cwd: cwd.path,
      env: { ...process.env, NO_COLOR: '1' },
    });
    outputs = outputsOf(stdout.replaceAll(`${cwd.path}${path.sep}`, ''));
  }, 60_000);
  afterAll(() => cwd.remove());

  test.each(blocks)('line $line', (block) => {
    expect(outputs[blocks.indexOf(block)]).toBe(block.output ?? '');
  });

  test('all of it', () => {
    expect(outputs).toHaveLength(blocks.length);
    expect(blocks.length).toBeGreaterThan(20);
  });
});
