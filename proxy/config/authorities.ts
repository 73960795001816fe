import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Authority, Configuration } from '../contract/index.ts';
import { CommandFailed } from '../state/command-failed.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { authoritiesIn, Expected } from './pem-files.ts';
import { readTextFile } from './text-file.ts';

/** Files that were created here, and may go with the authority; others were put there by a person. */
const ours = /^authority-[0-9a-f]{16}\.pem$/;

/**
 * What is in a file that somebody wants to add as an authority.
 *
 * @param pem PEM text
 * @throws {CommandFailed} `bad-input`: it holds no certificate of an authority
 */
export function readAuthority(pem: string): Authority[] {
  return certificatesOf(pem, 'that file').map(({ authority }) => authority);
}

/**
 * Puts the certificates of an authority into the data directory. Whatever else the text holds, such as a key, is left
 * out.
 *
 * @returns the configuration with its file, to be applied, and a function that removes the file again
 * @throws {CommandFailed} `bad-input`: it holds no certificate of an authority, or is already there
 */
export async function addAuthority(
  configuration: Configuration,
  directory: string,
  pem: string,
): Promise<{ next: Configuration; undo: () => Promise<void> }> {
  const blocks = certificatesOf(pem, 'that file').map((each) => each.pem);
  const text = blocks.join('');
  const file = `authority-${createHash('sha256').update(text).digest('hex').slice(0, 16)}.pem`;
  if (configuration.certificateAuthorities.includes(file)) {
    throw new CommandFailed('bad-input', 'This authority is there already.');
  }
  await writeFileAtomically(join(directory, file), text);
  return {
    next: { ...configuration, certificateAuthorities: [...configuration.certificateAuthorities, file] },
    undo: () => unlink(join(directory, file)).catch(() => undefined),
  };
}

/**
 * Removes an authority.
 *
 * @returns the configuration without its file, to be applied, and a function that deletes the file if it was created
 *   here
 * @throws {CommandFailed} `not-found`
 */
export function removeAuthority(
  configuration: Configuration,
  directory: string,
  file: string,
): { next: Configuration; tidy: () => Promise<void> } {
  if (!configuration.certificateAuthorities.includes(file)) {
    throw new CommandFailed('not-found', 'There is no such authority.');
  }
  const certificateAuthorities = configuration.certificateAuthorities.filter((each) => each !== file);
  return {
    next: { ...configuration, certificateAuthorities },
    tidy: () => (ours.test(file) ? unlink(join(directory, file)).catch(() => undefined) : Promise.resolve()),
  };
}

/**
 * The authorities of a configuration in force, by the files that it names. A file that can no longer be read has none.
 */
export async function listAuthorities(
  { certificateAuthorities }: Configuration,
  directory: string,
): Promise<{ file: string; certificates: Authority[] }[]> {
  return Promise.all(
    certificateAuthorities.map(async (file) => {
      const text = await readTextFile(resolve(directory, file)).catch(() => null);
      try {
        return { file, certificates: readAuthority(text ?? '') };
      } catch {
        return { file, certificates: [] };
      }
    }),
  );
}

function certificatesOf(text: string, path: string): { pem: string; authority: Authority }[] {
  try {
    return authoritiesIn(text, path).map(({ pem, certificate }) => ({
      pem,
      authority: {
        subject: certificate.subject.replaceAll('\n', ', '),
        fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
        notAfter: new Date(certificate.validTo).toISOString(),
      },
    }));
  } catch (error) {
    if (!(error instanceof Expected)) throw error;
    const sentence = error.message.charAt(0).toUpperCase() + error.message.slice(1);
    throw new CommandFailed('bad-input', `${sentence}.`, { cause: error });
  }
}
