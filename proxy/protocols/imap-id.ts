import wanted from '../../assets/id-wanted.json' with { type: 'json' };

/** One row of the table: a server, by its name or its greeting, that admits only clients that have sent ID. */
interface Wanted {
  /** A regular expression for the whole name. */
  server?: string;
  /** A regular expression for the greeting. */
  greeting?: string;
}

const rows: readonly Wanted[] = wanted;
const servers = rows.flatMap(({ server }) => (server === undefined ? [] : new RegExp(`^(?:${server})$`, 'i')));
const greetings = rows.flatMap(({ greeting }) => (greeting === undefined ? [] : new RegExp(greeting, 'i')));

/**
 * Whether a server opens no folder for a program that has not said which one it is (RFC 2971). Old programs never do.
 */
export function wantsId(server: string): boolean {
  return servers.some((pattern) => pattern.test(server.replace(/\.$/, '')));
}

/** The same, by the greeting. @param line inside TLS, as Latin-1 */
export function greetingWantsId(line: string): boolean {
  return greetings.some((pattern) => pattern.test(line));
}
