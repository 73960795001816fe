import { fingerprintText, type PracticeAccount, type RelayRow } from '../../proxy/contract/index.ts';
import { kindOfAll } from '../../proxy/contract/words/kinds.ts';
import { aligned } from './aligned.ts';
import { noAccountYet } from './no-account.ts';
import { purposeOf } from './purpose.ts';

/**
 * What `postern run` tells a person once it runs: for each relay, what to type into the mail program.
 *
 * @param window the link to the window, or null without one
 * @param options what suggested commands need: `commandOptions`
 */
export function startLines(
  relays: RelayRow[],
  version: string,
  window: string | null,
  dataDirectory: string,
  practice: PracticeAccount | null = null,
  options = '',
): string[] {
  const lines = [`Postern ${version} is running.`, ''];
  if (relays.length === 0) {
    lines.push(
      `${noAccountYet(options)}${window === null ? '' : ' So does the window.'}`,
      `Or write it into config.json, in ${dataDirectory}`,
      `To try Postern without an account of your own: "postern run --practice${options}".`,
      '',
    );
  } else if (practice) {
    lines.push(
      'This is a practice account. Its mail server runs inside Postern, and nothing leaves this computer.',
      `Type these into your mail program. User name: ${practice.user}   Password: ${practice.password}`,
      `Postern will ask you about its certificate, and one answer counts for all its relays: "postern certificates${options}"${window === null ? '' : ', or the window'}.`,
      'Compare the fingerprint in the question with this one, of the real server: SHA-256',
      `  ${fingerprintText(practice.fingerprint)}`,
      '',
    );
  } else {
    const { client } = kindOfAll(relays);
    lines.push(`Type these into your ${client}. User name and password stay as they are.`, '');
  }
  for (const account of new Set(relays.map((relay) => relay.account))) {
    lines.push(account, ...aligned(relays.filter((relay) => relay.account === account).map(relayCells)), '');
  }
  if (window !== null) lines.push(`Window (opens once): ${window}`);
  lines.push('Ctrl+C stops it.', '');
  return lines;
}

function relayCells(relay: RelayRow): string[] {
  const listener = relay.listeners.find(({ status }) => status.kind === 'listening');
  const to = `carried on encrypted to ${relay.server} port ${relay.port}`;
  if (!listener) {
    const failed = relay.listeners.find(({ status }) => status.kind === 'failed');
    return [
      relay.name,
      purposeOf(relay.protocol),
      `NOT LISTENING on ${failed?.address ?? ''} port ${failed?.port ?? ''}; see below`,
    ];
  }
  return [
    relay.name,
    purposeOf(relay.protocol),
    `server ${listener.address}`,
    `port ${listener.port}`,
    'no encryption',
    to,
  ];
}
