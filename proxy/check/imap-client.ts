import { ourName } from '../dialects/words.ts';
import type { ListenerPlace } from './greeting.ts';
import { type Credentials, count, type DoneStep, MailboxRefused, SignInFailed } from './outcome.ts';

/**
 * All that an old program says besides SELECT. The library would also introduce itself (ID), ask for namespaces and
 * enable extensions: then a server that requires such a command, or fails at one, would not show how it treats an old
 * program.
 */
const oldCommands: ReadonlySet<string> = new Set(['CAPABILITY', 'LOGIN', 'LOGOUT']);

/** Parts of the library that its types leave out: a command by name, and one given verbatim. */
interface Commands {
  run(command: string, ...more: unknown[]): Promise<unknown>;
  exec(
    command: string,
    attributes: { type: string; value: string }[],
    options: { untagged: Record<string, (response: { command: string }) => Promise<void>> },
  ): Promise<{ next(): void }>;
}

export async function* signInByImap(
  { address, port }: ListenerPlace,
  { user, password }: Credentials,
  signal: AbortSignal,
): AsyncGenerator<DoneStep, void, void> {
  const { ImapFlow } = await import('imapflow');
  const client = new ImapFlow({
    ...{ host: address, port, secure: false, doSTARTTLS: false, logger: false },
    auth: { user, pass: password, loginMethod: 'LOGIN' },
    ...{ disableAutoIdle: true, disableAutoEnable: true, disableCompression: true },
  });
  const commands = client as unknown as Commands;
  const run = commands.run.bind(client);
  commands.run = async (command, ...more) => (oldCommands.has(command) ? run(command, ...more) : false);
  client.on('error', () => {
    // The pending call rejects with the same cause.
  });
  const stop = () => client.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    await client.connect().catch((error) => {
      const { authenticationFailed } = error as { authenticationFailed?: boolean };
      const reply = replyIn(error);
      // UNAVAILABLE is "not now" (RFC 5530 §3), which Postern itself answers, under its own name, when the server
      // fails.
      throw authenticationFailed && !signal.aborted && !reply.startsWith(`[UNAVAILABLE] ${ourName}`)
        ? new SignInFailed(true, reply)
        : new SignInFailed(false);
    });
    yield { step: 'sign-in', message: 'Signed in.' };
    let messages: number | null = null;
    const selected = await commands
      .exec('SELECT', [{ type: 'ATOM', value: 'INBOX' }], {
        untagged: Object.fromEntries([
          [
            'EXISTS',
            async (response) => {
              messages = Number(response.command);
            },
          ],
        ]),
      })
      .catch((error) => {
        const { responseStatus = '' } = error as { responseStatus?: string };
        throw /^(?:NO|BAD)$/.test(responseStatus) ? new MailboxRefused(replyIn(error)) : error;
      });
    selected.next();
    yield { step: 'mailbox', message: messages === null ? 'The inbox opens.' : `The inbox holds ${count(messages)}.` };
    // The library takes any end of the connection for a logout.
    await client.logout();
    signal.throwIfAborted();
    yield { step: 'sign-out', message: 'Signed out.' };
  } finally {
    signal.removeEventListener('abort', stop);
    client.close();
  }
}

/** What the server said, with its code in front as in a reply. */
function replyIn(error: unknown): string {
  const { serverResponseCode, responseText, response, message } = error as Partial<Record<string, unknown>>;
  const text = [responseText, response, message].find((one) => typeof one === 'string') ?? '';
  return `${serverResponseCode ? `[${serverResponseCode}] ` : ''}${text}`;
}
