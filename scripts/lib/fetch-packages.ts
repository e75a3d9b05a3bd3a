/** Packages whose files are read, fetched by the machine's own package managers. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Corpus {
  readonly name: string;
  /** What was fetched: `hdf5 1.10.8`. */
  readonly release: string;
  /** Where it is unpacked. */
  readonly directory: string;
}

export interface Package {
  readonly name: string;
  /** Puts the archives into a directory. */
  readonly download: (directory: string, python: string) => void;
  /** The archive that has the files. */
  readonly archive: RegExp;
}

export interface FetchOptions {
  /** A directory that is kept. */
  readonly cache: string;
  /** The Python that has pip. */
  readonly python: string;
  readonly say: (line: string) => void;
}

/**
 * Fetches and unpacks what isn't there yet.
 *
 * @throws Error saying which package couldn't be had, and why.
 */
export function fetchPackages(
  packages: readonly Package[],
  { cache, python, say }: FetchOptions,
): readonly Corpus[] {
  return packages.map((wanted) => {
    const home = join(cache, wanted.name);
    const downloads = join(home, 'download');
    const directory = join(home, 'files');
    const complete = join(home, 'complete');
    if (!existsSync(complete)) {
      say(`Fetching ${wanted.name} …`);
      rmSync(home, { recursive: true, force: true });
      mkdirSync(downloads, { recursive: true });
      mkdirSync(directory);
      wanted.download(downloads, python);
      unpack(archiveIn(downloads, wanted), directory, python);
      writeFileSync(complete, '');
    }
    const release = releaseOf(basename(archiveIn(downloads, wanted)));
    return { name: wanted.name, release, directory };
  });
}

function unpack(archive: string, directory: string, python: string): void {
  if (archive.endsWith('.deb')) run('dpkg-deb', ['-x', archive, directory]);
  else run(python, [pathOf('unpack.py'), archive, directory]);
}

function archiveIn(directory: string, { archive, name }: Package): string {
  const found = readdirSync(directory).find((file) => archive.test(file));
  if (found === undefined) throw new Error(`${name} came without the archive expected`);
  return join(directory, found);
}

/** `hdf5_1.10.8.orig.tar.gz`, `pyfive-1.3.0.tar.gz`, `tables-3.11.1-cp311-….whl`, `x_1%3a0.18_all.deb` */
function releaseOf(archive: string): string {
  const [, name, version] =
    /^(.+?)[-_](\d.*?)(?:\.orig)?(?:\.tar\..+|-.+\.whl|_[^_]+\.deb)$/.exec(
      decodeURIComponent(archive),
    ) ?? [];
  return name === undefined || version === undefined ? archive : `${name} ${version}`;
}

/** A package of PyPI, by its requirement. */
export function pythonPackage(requirement: string, form: readonly string[]): Package['download'] {
  return (directory, python) => {
    const options = ['--quiet', '--disable-pip-version-check', '--no-deps', '--dest', directory];
    run(python, ['-m', 'pip', 'download', ...options, ...form, requirement]);
  };
}

/** A source package of Debian. Where the binary packages come from, the sources are too, whether or not they are listed. */
export function debianSource(name: string): Package['download'] {
  return (directory) => {
    const list = join(directory, 'sources.list');
    const lists = join(directory, 'lists');
    mkdirSync(join(lists, 'partial'), { recursive: true });
    writeFileSync(list, sourceLines().join(''));
    const options = [
      `Dir::Etc::SourceList=${list}`,
      'Dir::Etc::SourceParts=/dev/null',
      `Dir::State::Lists=${lists}`,
      'APT::Sandbox::User=root',
    ].flatMap((option) => ['-o', option]);
    run('apt-get', [...options, '--quiet', 'update'], directory);
    run('apt-get', [...options, '--quiet', '--download-only', 'source', name], directory);
    rmSync(lists, { recursive: true });
  };
}

/** A binary package of Debian. */
export function debianBinary(name: string): Package['download'] {
  return (directory) => {
    run('apt-get', ['-o', 'APT::Sandbox::User=root', '--quiet', 'download', name], directory);
  };
}

function sourceLines(): string[] {
  const format = '$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)';
  const targets = run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']);
  const lines = targets
    .split('\n')
    .map((line) => line.split('|'))
    .filter(([origin]) => origin === 'Debian' || origin === 'Ubuntu')
    .map(([, uri, release, component]) => `deb-src ${uri!} ${release!} ${component!}\n`);
  if (lines.length === 0) throw new Error('apt knows no Debian packages: run apt-get update first');
  return [...new Set(lines)];
}

function run(command: string, args: readonly string[], cwd?: string): string {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
  } catch (cause) {
    const { stderr } = cause as { stderr?: string };
    throw new Error(`${command} failed: ${(stderr ?? String(cause)).trim()}`, { cause });
  }
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
