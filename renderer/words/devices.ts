import { plural } from './plural.ts';

export const devices = {
  heading: 'Devices on the local network',
  open: (relay: string) =>
    `${relay}: open from the device to this computer, like every device here. From here on it is encrypted.`,
  none: 'No device has been here since Postern was started.',
  listLabel: (relay: string) => `Devices at ${relay}`,
  seen: (moment: string, messages: number, refusals: number) =>
    `Last seen ${moment} · ${plural(messages, 'message', 'messages')} sent · ${plural(refusals, 'refusal', 'refusals')}`,
  allowed: 'Allowed',
  turnedAway: 'Turned away',
  allow: 'Let it in',
  allowName: (address: string) => `Let ${address} in`,
  confirm: (address: string) => `Let ${address} in?`,
  confirmText:
    'Do this only if you know which device it is. What it sends goes out under the name of this account. Its address is added to the configuration.',
};
