import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A mailbox that the test servers know. */
export interface MailUser {
  /** The whole address is the user name. */
  address: string;
  password: string;
}

export const domain = 'example.test';
/** The name in the certificates of the test servers, which Postern is configured with and verifies. */
export const serverName = 'mail.example.test';

/** The user's delivered messages in the store, in no particular order, with bare line feeds as the store keeps them. */
export function deliveredMessages(store: string, user: MailUser): Buffer[] {
  return ['new', 'cur'].flatMap((folder) => {
    const directory = join(mailDirectory(store, user), folder);
    return entries(directory).map((name) => readFileSync(join(directory, name)));
  });
}

/** How many messages have been delivered to the user. */
export function countDelivered(store: string, user: MailUser): number {
  return ['new', 'cur'].reduce((sum, folder) => sum + entries(join(mailDirectory(store, user), folder)).length, 0);
}

/** The maildir of a user below the store. */
function mailDirectory(store: string, user: MailUser): string {
  return join(store, user.address, 'Maildir');
}

function entries(directory: string): string[] {
  // Made by the mail server at the first delivery.
  return existsSync(directory) ? readdirSync(directory) : [];
}
