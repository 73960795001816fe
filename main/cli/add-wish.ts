import { quoted } from '../../proxy/config/configuration-error.ts';
import { type Place, readServer } from './add-by-hand.ts';
import type { KnownOfConsent } from './add-consent.ts';
import { readArguments } from './arguments.ts';
import { UsageError } from './command.ts';

/** What `postern add` is asked for. */
export interface Wish extends KnownOfConsent {
  address: string;
  /** Those that the person names; empty where they are to be found. */
  servers: readonly Place[];
  name: string;
  reading: 'imap' | 'pop3' | undefined;
  accepted: ReadonlySet<string>;
  keepPassword: boolean;
  yes: boolean;
  json: boolean;
  dataDirectory: string | undefined;
}

/** @throws UsageError */
export function readWish(args: string[]): Wish {
  const options = {
    imap: { type: 'boolean' },
    pop3: { type: 'boolean' },
    name: { type: 'string' },
    server: { type: 'string', multiple: true },
    accept: { type: 'string' },
    'client-id': { type: 'string' },
    issuer: { type: 'string' },
    'keep-password': { type: 'boolean' },
    yes: { type: 'boolean' },
    json: { type: 'boolean' },
  } as const;
  const { values, words } = readArguments(args, options, 1);
  const [address] = words;
  if (address === undefined) throw new UsageError('"add" needs an e-mail address.');
  if (address.trim() === '') throw new UsageError('"add" needs an e-mail address, found an empty text.');
  if (address.includes('@') && /\s/.test(address.trim()))
    throw new UsageError(`An e-mail address has no blank in it, found ${quoted(address)}.`);
  if (values.imap === true && values.pop3 === true) throw new UsageError('--imap and --pop3 cannot be used together.');
  const servers = (values.server ?? []).map(readServer);
  if (servers.length > 0) {
    const other = (['imap', 'pop3', 'accept'] as const).find((each) => values[each] !== undefined);
    if (other !== undefined) throw new UsageError(`--server and --${other} cannot be used together.`);
    if (values['client-id'] !== undefined && values.issuer === undefined)
      throw new UsageError('With --server, --client-id needs --issuer.');
  }
  return {
    address: address.trim(),
    servers,
    // The configuration accepts no longer one.
    name: values.name ?? address.trim().slice(0, 100),
    reading: values.pop3 === true ? 'pop3' : values.imap === true ? 'imap' : undefined,
    accepted: new Set((values.accept ?? '').split(',').map((name) => name.trim().toLowerCase())),
    clientId: values['client-id'],
    issuer: values.issuer,
    keepPassword: values['keep-password'] === true,
    yes: values.yes === true,
    json: values.json === true,
    dataDirectory: values['data-dir'],
  };
}
