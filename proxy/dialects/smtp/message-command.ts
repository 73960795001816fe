import { readSmtpCommand, type SmtpCommand } from './grammar.ts';
import type { TransactionCommand } from './transaction.ts';

/** What stands behind the verb, one character a byte. */
export function argumentOf({ line }: SmtpCommand): string {
  return line.toString('latin1').replace(/^\s*\S+[ \t]?/, '');
}

/** What a command means to a transaction. `other`: nothing that devices need. */
export function meaningOf(command: SmtpCommand): TransactionCommand | 'NOOP' | 'other' {
  switch (command.verb) {
    case 'AUTH':
    case 'MAIL':
    case 'RCPT':
    case 'DATA':
    case 'RSET':
    case 'NOOP':
      return command.verb;
    case 'EHLO':
    case 'HELO':
      return 'HELLO';
    case 'BDAT':
      return /\sLAST\s*$/i.test(argumentOf(command)) ? 'LAST' : 'CHUNK';
    default:
      return 'other';
  }
}

/** A command as it goes to the server. */
export function inOneForm(...words: string[]): SmtpCommand {
  return readSmtpCommand(Buffer.from(words.filter((word) => word !== '').join(' '), 'latin1'), null);
}
