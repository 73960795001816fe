import { dirname, isAbsolute } from 'node:path';
import type { Configuration } from '../../contract/index.ts';
import { ConfigurationError, quoted } from '../configuration-error.ts';
import { readPemFiles } from '../pem-files.ts';
import type { Imported } from './imported.ts';

/**
 * Leaves out files that are missing or not what they should be, each with a note, so that the rest can be used. Where the
 * folder of the other program's file is not known, so are all paths in it that begin there.
 *
 * @param file the other program's file, as it was given to `importText`
 */
export async function withUsableFiles(imported: Imported, file: string): Promise<Imported> {
  const notes = [...imported.notes];
  const drop = (place: string, message: string) => notes.push({ place, message: `not carried: ${message}` });
  const authorities: string[] = [];
  for (const path of new Set(imported.certificateAuthorities)) {
    const problem = await problemWith({ certificateAuthorities: [path], accounts: [] }, [path], file);
    if (problem === null) authorities.push(path);
    else drop('CAfile', problem);
  }
  const relays: Imported['relays'] = [];
  for (const { clientCertificate, ...relay } of imported.relays) {
    const name = relay.section;
    if (!clientCertificate) {
      relays.push(relay);
      continue;
    }
    const account = { name, relays: [{ ...relay, name, clientCertificate }] };
    const paths = [clientCertificate.certificate, clientCertificate.key];
    const problem = await problemWith({ certificateAuthorities: [], accounts: [account] }, paths, file);
    if (problem === null) {
      relays.push({ ...relay, clientCertificate });
    } else {
      relays.push(relay);
      drop(`[${name}] cert`, problem);
    }
  }
  return { ...imported, certificateAuthorities: authorities, relays, notes };
}

async function problemWith(
  part: Pick<Configuration, 'accounts' | 'certificateAuthorities'>,
  paths: readonly string[],
  file: string,
): Promise<string | null> {
  const unknown = paths.find((path) => !isAbsolute(path) && !/^[A-Za-z]:[\\/]/.test(path));
  if (unknown !== undefined) return `only the file itself was given, without its folder, where ${quoted(unknown)} is`;
  try {
    await readPemFiles(part as Configuration, dirname(file), file);
    return null;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.issues.map(({ message }) => message).join('; ');
    throw error;
  }
}
