/** What npm would publish, installed into an empty project and used as its README says. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { chooseEmoji } from '../../scripts/demo/emoji.js';
import { repository } from '../support/probe.js';
import { parseExamples, readmeExamples, type ReadmeExample } from '../support/readme.js';
import { sharedDirectory, type SharedDirectory } from '../support/temp.js';
import { describeWithTfjsNode, tfjsNode } from '../support/tfjs.js';

let project: SharedDirectory;
let packedFiles: string[];

beforeAll(async () => {
  project = await sharedDirectory();
  packedFiles = await installPackage(project.path);
  await layOutPhotos(join(project.path, 'photos'));
}, 300_000);

afterAll(() => project.remove());

describe('the tarball', () => {
  it('holds what is needed', () => {
    const needed = ['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js', 'LICENSE', 'README.md'];
    expect(packedFiles).toEqual(expect.arrayContaining(needed));
  });

  it('holds nothing else: no sources, tests or source maps', () => {
    const wanted =
      /^(dist\/.+\.(js|d\.ts|wasm)|(README|ARCHITECTURE|CHANGELOG)\.md|LICENSE|package\.json)$/;
    expect(packedFiles.filter((path) => !wanted.test(path))).toEqual([]);
  });

  it('brings a command that explains itself', async () => {
    const { stdout } = await execute('planefeed', ['--help']);
    expect(stdout).toMatch(/^Usage: planefeed /);
    for (const command of ['ingest', 'info', 'stream']) expect(stdout).toContain(command);
  });
});

it('type-checks in a strict project that checks its libraries too', async () => {
  const code = `
    import { openLoader, PlanefeedError, type ErrorTag } from 'planefeed';
    export async function tagOfMissingFile(): Promise<ErrorTag | undefined> {
      try {
        const loader = await openLoader('missing.h5');
        for await (const batch of loader) batch.release();
        return undefined;
      } catch (error) {
        return error instanceof PlanefeedError ? error.tag : undefined;
      }
    }`;
  await writeFile(join(project.path, 'consumer.ts'), code);
  await compile(['consumer.ts'], { skipLibCheck: false });
  const script = `console.log(await (await import('./out/consumer.js')).tagOfMissingFile())`;
  const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script]);
  expect(stdout).toBe('not-found\n');
});

describe('README.md', () => {
  const examples = existsSync(`${repository}README.md`) ? readmeExamples() : [];

  it('shows how to ingest and how to train', () => {
    expect(examples.map(({ name }) => name)).toEqual(expect.arrayContaining(['ingest', 'train']));
  });

  it('has TypeScript examples that compile', async () => {
    const typescript = examples.filter(
      (example) => example.language === 'ts' && (tfjsNode.available || !needsTfjsNode(example)),
    );
    expect(typescript).not.toEqual([]);
    for (const { name, code } of typescript) {
      await writeFile(join(project.path, `${name}.ts`), code);
    }
    // tfjs's own declarations don't pass the check of libraries.
    await compile(
      typescript.map(({ name }) => `${name}.ts`),
      { skipLibCheck: true },
    );
  });

  // In the README's order and in one directory: a later example reads what an earlier one wrote.
  for (const example of examples) {
    (needsTfjsNode(example) ? describeWithTfjsNode : describe)(`example ${example.name}`, () => {
      it('runs', () => runExample(example), 180_000);
    });
  }
});

describe('finding examples', () => {
  it('takes marked blocks only', () => {
    const markdown =
      '```ts\nno\n```\n<!-- example: one -->\n```ts\nyes();\n```\n\n<!-- example: two -->\n\n```sh\nls\n```\n';
    expect(parseExamples(markdown)).toEqual([
      { name: 'one', language: 'ts', code: 'yes();\n' },
      { name: 'two', language: 'sh', code: 'ls\n' },
    ]);
  });

  it('refuses a marker without a block, and a name used twice', () => {
    expect(() => parseExamples('<!-- example: one -->\ntext\n')).toThrow(
      /1 example markers, but 0/,
    );
    const block = '<!-- example: one -->\n```ts\n```\n';
    expect(() => parseExamples(block + block)).toThrow(/twice/);
  });
});

function needsTfjsNode({ code }: ReadmeExample): boolean {
  return code.includes('@tensorflow/tfjs-node');
}

/** Packs the built package without building it again; returns the paths in the tarball. */
async function installPackage(directory: string): Promise<string[]> {
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', directory];
  const { stdout } = await promisify(execFile)('npm', pack, { cwd: repository });
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  if (packed === undefined) throw new Error(`npm pack packed nothing: ${stdout}`);
  const manifest = { name: 'empty-project', version: '1.0.0', private: true, type: 'module' };
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
  const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
  await execute('npm', ['install', ...quiet, `./${packed.filename}`]);
  await borrow('@types/node');
  if (tfjsNode.available) await borrow('@tensorflow/tfjs-node'); // this one has its native library
  return packed.files.map(({ path }) => path);
}

async function borrow(name: string): Promise<void> {
  const target = join(project.path, 'node_modules', name);
  await rm(target, { recursive: true, force: true });
  await mkdir(dirname(target), { recursive: true });
  await symlink(join(repository, 'node_modules', name), target);
}

/** What the README's reader is told to have: a folder of images, one sub-folder per class. */
async function layOutPhotos(directory: string): Promise<void> {
  const classes = ['flags', 'food-and-drink', 'smileys-and-emotion'];
  for (const name of classes) {
    await mkdir(join(directory, name), { recursive: true });
    const emoji = chooseEmoji().filter(({ className }) => className === name);
    for (const { file } of emoji.slice(0, 40)) {
      await copyFile(file, join(directory, name, basename(file)));
    }
  }
}

async function compile(files: string[], options: { skipLibCheck: boolean }): Promise<void> {
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    noEmitOnError: true,
    outDir: 'out',
    types: ['node'],
    ...options,
  };
  await writeFile(join(project.path, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  await execute(process.execPath, [join(repository, 'node_modules/typescript/bin/tsc')]);
}

async function runExample({ name, language, code }: ReadmeExample): Promise<void> {
  if (language === 'ts') await execute(process.execPath, [join('out', `${name}.js`)]);
  else if (language === 'sh') await execute('bash', ['-e', '-u', '-o', 'pipefail', '-c', code]);
  else throw new Error(`README.md's example ${name} is marked, but its language is ${language}`);
}

/** Runs a program in the project, its own commands on the PATH; rejects with all it printed. */
async function execute(command: string, args: string[]): Promise<{ stdout: string }> {
  const path = [join(project.path, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const env = { ...process.env, PATH: path, TF_CPP_MIN_LOG_LEVEL: '2' };
  try {
    return await promisify(execFile)(command, args, { cwd: project.path, env });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
