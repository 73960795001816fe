import {
  counted,
  type DeviceRow,
  fingerprintText,
  inert,
  type LocalCertificateRow,
  listed,
  localLeg,
  type RelayRow,
  tlsName,
} from '../../proxy/contract/index.ts';
import { addressList } from '../../proxy/net/addresses.ts';
import { localDate } from './event-line.ts';
import { operands } from './shell-word.ts';

type Relay = Pick<RelayRow, 'name' | 'devices' | 'localTls' | 'oldTls' | 'takesPasswords'>;

/**
 * The devices of a relay on the local network, as a person reads them; no lines for a relay that serves none.
 *
 * @param options what suggested commands need: `commandOptions`
 */
export function deviceLines(relay: Relay, options: string): string[] {
  const { name, devices } = relay;
  if (!devices) return [];
  return [
    `  ${inert(name, 100)}: ${legWords(relay)}${devices.length === 0 ? ' None has been here yet.' : ''}`,
    ...[...devices].reverse().map((device) => {
      const seen = `${device.address}, last seen ${localDate(device.lastSeen)}`;
      if (!device.listed) {
        return `    ${seen}: NOT ALLOWED. If it is yours: postern devices allow${operands([name, device.address], options)}`;
      }
      return `    ${seen}: ${counted(device.messages, messages)} sent, ${counted(device.refusals, refusals)}${tlsWords(device)}`;
    }),
  ];
}

/**
 * Those that may connect and have not, since Postern was started.
 *
 * @param allow what the relay lists: addresses and nets
 */
export function unseenLines({ devices = [] }: Pick<RelayRow, 'devices'>, allow: readonly string[]): string[] {
  const seen = (entry: string) => devices.some(({ address }) => addressList([entry]).has(address));
  const unseen = allow.filter((entry) => !seen(entry));
  return unseen.length === 0 ? [] : [`    allowed, and not seen since Postern was started: ${listed(unseen)}`];
}

/** The certificate that devices are shown. */
export function localCertificateLines(
  { fingerprint, names, notAfter }: LocalCertificateRow,
  options: string,
): string[] {
  return [
    `Devices are shown this certificate of Postern's own (to import it: postern local-certificate --pem FILE${options}):`,
    `  SHA-256 ${fingerprintText(fingerprint)}`,
    `  for ${names.map((each) => inert(each, 100)).join(', ')}; good until ${localDate(notAfter)}`,
  ];
}

function legWords(relay: Relay): string {
  const { oldTls, takesPasswords, localTls } = relay;
  const leg = localLeg(relay);
  const open =
    localTls === 'offer'
      ? 'NOT encrypted between a device and this computer, unless the device asks for it (STARTTLS).'
      : 'NOT encrypted between a device and this computer.';
  const password =
    localTls === 'offer'
      ? ' A password crosses the local network in plaintext then: switch STARTTLS on in the devices, and set "localTls" to "require" once all have it.'
      : ' Passwords cross the local network in plaintext: leave "localTls" out of "lan", and switch STARTTLS on in the devices.';
  const words = {
    here: open,
    open: `${open}${takesPasswords ? password : ''}`,
    'asked-for': 'encrypted by every device the last time it was here; those that do not ask for it are served, too.',
    closed: 'encrypted between each device and this computer.',
  }[leg];
  if (oldTls === 'taken')
    return `${words} TLS 1.0 and 1.1 are taken as well ("oldTls"), which somebody in the local network can break.`;
  if (oldTls === 'unavailable')
    return `${words} TLS 1.0 and 1.1 ("oldTls") are not taken: this build's TLS library has neither.`;
  return words;
}

function tlsWords({ tls }: DeviceRow): string {
  if (tls === undefined) return '';
  return tls === null ? ', NOT encrypted' : `, ${tlsName(tls)}`;
}

const messages = { one: 'message', other: 'messages' };
const refusals = { one: 'refusal', other: 'refusals' };
