import { plural } from './plural.ts';

export const devices = {
  heading: 'Devices on the local network',
  leg: {
    here: (relay: string) => `${relay}: stays on this computer.`,
    open: (relay: string) => `${relay}: not encrypted between the device and this computer. From here on it is.`,
    'asked-for': (relay: string) =>
      `${relay}: every device encrypted the last time it was here. Those that do not are served, too.`,
    closed: (relay: string) => `${relay}: encrypted between the device and this computer, and from here on.`,
  },
  password: {
    off: 'The device’s password crosses the local network as it is. Leave “localTls” out of the configuration, and switch STARTTLS on in the device.',
    offer:
      'A device’s password crosses the local network as it is, unless the device uses STARTTLS: switch it on there.',
  },
  oldTaken: 'TLS 1.0 and 1.1 are taken from devices here (“oldTls”). Somebody in the local network can break them.',
  oldUnavailable: 'TLS 1.0 and 1.1 (“oldTls”) are not taken: the encryption library in this app has neither.',
  noTls: 'not encrypted',
  certificate: 'Postern’s certificate for devices',
  certificateHint:
    'Devices that check whom they speak to need it: import it there. It is good for these names and addresses alone.',
  fingerprint: 'Fingerprint (SHA-256)',
  names: 'For',
  until: 'Good until',
  savePem: 'Save as PEM',
  saveCer: 'Save as CER',
  none: 'No device has been here since Postern was started.',
  listLabel: (relay: string) => `Devices at ${relay}`,
  seen: (moment: string, messages: number, refusals: number) =>
    `Last seen ${moment} · ${plural(messages, 'message', 'messages')} sent · ${plural(refusals, 'refusal', 'refusals')}`,
  allowed: 'Allowed',
  turnedAway: 'Turned away',
  allow: 'Let it in',
  allowName: (address: string) => `Let it in: ${address}`,
  confirm: (address: string) => `Let ${address} in?`,
  confirmText:
    'Do this only if you know which device it is. What it sends goes out under the name of this account. Its address is added to the configuration.',
};
