/**
 * The verb of a command line in upper case, and the rest after the blank that follows it. Blanks before the verb and
 * tabs are treated as some servers treat them: a command must not be one thing to us and another to the server.
 */
export function parseSmtpCommand(line: Buffer): { verb: string; argument: string } {
  const [, verb = '', argument = ''] = /^[ \t]*([^ \t]*)[ \t]?(.*)$/s.exec(line.toString('latin1')) ?? [];
  return { verb: verb.toUpperCase(), argument };
}
