import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { verifySha256 } from '../../scripts/lib/tfjs-node/archive.js';
import { firstErrorLine, run } from '../../scripts/lib/tfjs-node/commands.js';
import { placeAtomically } from '../../scripts/lib/tfjs-node/parts.js';
import { repository } from '../support/probe.js';
import { temporaryDirectory } from '../support/temp.js';

describe('the command', () => {
  const command = [join(repository, 'node_modules/tsx/dist/cli.mjs'), 'scripts/setup-tfjs-node.ts'];
  const execute = (...args: string[]) =>
    promisify(execFile)(process.execPath, [...command, ...args], { cwd: repository });

  it('explains itself', async () => {
    const { stdout } = await execute('--help');
    expect(stdout).toMatch(/Maven Central[^]*PLANEFEED_TFJS_CACHE[^]*Exit code/);
  });

  it('refuses an unknown option with one line and exit code 2', async () => {
    const error: unknown = await execute('--nonsense').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 2, stdout: '' });
    expect((error as { stderr: string }).stderr).toMatch(/^setup:tfjs-node: .*--nonsense.*\n$/);
  });
});

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('on linux-x64', () => {
  let tools: string;
  beforeEach(async () => {
    const directory = await temporaryDirectory();
    tools = join(directory, 'tools');
    mkdirSync(tools);
    vi.resetModules(); // the settings are read when the modules load
    vi.stubEnv('PATH', tools);
    vi.stubEnv('PLANEFEED_TFJS_CACHE', join(directory, 'cache'));
    vi.stubEnv('TF_C_HEADERS', '');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  const haveTool = (name: string) => {
    writeFileSync(join(tools, name), '#!/bin/sh\n', { mode: 0o755 });
  };

  const reasonOf = (answer: { ok: true } | { ok: false; reason: string }) =>
    answer.ok ? undefined : answer.reason;

  it('names the first tool that is missing', async () => {
    const { canSetUp } = await import('../../scripts/lib/tfjs-node.js');
    expect(reasonOf(canSetUp())).toContain('mvn');
    haveTool('mvn');
    expect(reasonOf(canSetUp())).toContain('g++');
    haveTool('g++');
    haveTool('pip3');
    expect(canSetUp()).toEqual({ ok: true });
  });

  it('needs no tool when the cache is full', async () => {
    const { canSetUp } = await import('../../scripts/lib/tfjs-node.js');
    const { addonPath } = await import('../../scripts/lib/tfjs-node/addon.js');
    const { libraryDirectory } = await import('../../scripts/lib/tfjs-node/places.js');
    mkdirSync(libraryDirectory, { recursive: true });
    mkdirSync(join(addonPath(), '..'));
    writeFileSync(addonPath(), '');
    expect(canSetUp()).toEqual({ ok: true });
  });
});

describe('a part of the cache', () => {
  it('appears only when it is complete', async () => {
    const directory = await temporaryDirectory();
    const target = join(directory, 'part');
    expect(() => {
      placeAtomically(target, (partial) => {
        writeFileSync(join(partial, 'half'), '');
        throw Object.assign(new Error('ENOSPC: no space left on device, write'));
      });
    }).toThrow(`could not write ${target}: ENOSPC: no space left on device, write`);
    expect(readdirSync(directory)).toEqual([]);

    placeAtomically(target, (partial) => {
      writeFileSync(join(partial, 'whole'), '');
    });
    expect(readdirSync(directory)).toEqual(['part']);
    expect(existsSync(join(target, 'whole'))).toBe(true);
  });

  it('is refused when its checksum differs', async () => {
    const file = join(await temporaryDirectory(), 'abc.jar');
    writeFileSync(file, 'abc');
    const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    verifySha256(file, sha256);
    writeFileSync(file, 'abd');
    expect(() => {
      verifySha256(file, sha256);
    }).toThrow(/^checksum mismatch: abc\.jar has SHA-256 [0-9a-f]{64}, expected ba7816bf/);
  });
});

describe('a failing program', () => {
  it('is told in one line', () => {
    const script =
      'console.error("a warning\\n\\x1b[31m[ERROR]\\x1b[0m no route\\nmore"); process.exit(3)';
    expect(() => {
      run(process.execPath, ['-e', script], repository);
    }).toThrow(`${process.execPath} failed: [ERROR] no route`);
  });

  it('that does not exist is told too', () => {
    expect(() => {
      run('no-such-program', [], repository);
    }).toThrow('could not run no-such-program: spawnSync no-such-program ENOENT');
  });

  it('is told by what lies behind its own words', () => {
    const pip =
      'WARNING: Retrying: Temporary failure in name resolution\nERROR: No matching distribution';
    expect(firstErrorLine(pip)).toContain('name resolution');
    const node =
      '    throw new Error("…")\n    ^\n\nError: libtensorflow.so: no such file\n    at x';
    expect(firstErrorLine(node)).toBe('Error: libtensorflow.so: no such file');
  });

  it('without a telling line gives its last one', () => {
    expect(firstErrorLine('one\ntwo\n')).toBe('two');
    expect(firstErrorLine('\n')).toBeUndefined();
  });
});
