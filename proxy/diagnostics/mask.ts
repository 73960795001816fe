import { homedir } from 'node:os';

/** Replaces the local part of an address. */
const someone = '***';

/**
 * Removes from a text what identifies a person: the part of mail addresses before the `@`, and the user in paths of
 * home directories. Servers, ports and everything else stay, since someone helping needs them.
 */
export function maskUsers(text: string, home: string = homedir()): string {
  const named = home.length > 3 ? text.replaceAll(home, '~').replaceAll(JSON.stringify(home).slice(1, -1), '~') : text;
  return named
    .replace(/[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]+@(?=[\p{L}\p{N}[])/gu, `${someone}@`)
    .replace(/(\/(?:home|Users)\/|\\+Users\\+)[^/\\\s"']+/g, `$1${someone}`);
}
