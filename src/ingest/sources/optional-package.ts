import { InvalidOptionError } from '../../errors.js';

/**
 * Imports a package that is needed for this alone, and that not everyone has.
 *
 * @throws InvalidOptionError saying what to install
 */
export async function importOptional<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new InvalidOptionError(`The package ${name} is needed for this source`, {
      advice: `Install it: npm install ${name}`,
      cause,
    });
  }
}
