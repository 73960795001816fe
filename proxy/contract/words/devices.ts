import { failure, given, typed } from './failure.ts';

/** Failures of what devices on the local network send. */
export const devices = {
  'sender-not-allowed': failure<{ sender?: string }>({
    title: 'A device may not send under this address',
    sentence: ({ sender }) =>
      `A device tried to send as ${sender ?? 'somebody'}, whom this path does not let through. Nothing was sent.`,
    advice: () =>
      'Set the sender in the device to one of "senders" under "lan" of the relay, or add the address there.',
  }),
  'recipient-rerouted': failure<{ by?: 'source-route' | 'percent' | 'bang' | 'quoted' | 'two-domains' }>({
    title: 'A recipient is written as a detour',
    sentence: ({ by }) =>
      `A device named a recipient ${
        {
          'source-route': 'with a route through other servers',
          percent: 'with "%", which some servers forward',
          bang: 'with "!", which some servers forward',
          quoted: 'in quotation marks, which some servers forward',
          'two-domains': 'with two domains',
        }[by ?? 'source-route']
      }. It was not passed on.`,
    advice: () =>
      'Enter the plain address of the recipient in the device. If nobody entered this one, look for the cause.',
  }),
  'too-many-of-one-device': failure<{ from?: string }>({
    title: 'A device keeps too many connections open',
    sentence: ({ from }) =>
      `The device ${given(from, (address) => `at ${address} `)}has as many connections open as one device may. Others are still served.`,
    advice: () => 'Nothing, if it happens once. If it goes on, restart the device: it does not close its connections.',
  }),
  'recipients-per-hour': failure({
    title: 'Too many recipients within an hour',
    sentence: () => 'The devices on this path have written to as many recipients as they may within an hour.',
    advice: () => 'Try again later, or raise "recipientsPerHour" under "lan" of the relay if so many are meant.',
  }),
  'device-tls-failed': failure<{ from?: string }>({
    title: 'A device and Postern found no common encryption',
    sentence: ({ from = 'A device' }) => `${from} began TLS with Postern, and it came to nothing.`,
    advice: () =>
      'Look in the device for another kind of encryption: STARTTLS and SSL/TLS need different ports. Or set "localTls" under "lan" of the relay to "off".',
  }),
  'device-tls-too-old': failure<{ from?: string }>({
    title: 'A device knows only old encryption',
    sentence: ({ from = 'A device' }) =>
      `${from} knows no newer encryption than TLS 1.0 or 1.1, which this path does not take.`,
    advice: () =>
      'Look for newer firmware. If there is none, "oldTls": true under "lan" of the relay takes it between the device and this computer; somebody in the local network could then break it.',
  }),
  'device-distrusts-postern': failure<{ from?: string }>({
    title: 'A device does not trust Postern’s certificate',
    sentence: ({ from = 'A device' }) => `${from} turned the certificate down that Postern shows to devices.`,
    advice: ({ options }) =>
      `Import the certificate into the device: ${typed('local-certificate', { options })} writes it to a file, and so does the account’s page. Enter Postern in the device by an address that is in it.`,
  }),
  'device-plaintext-injected': failure({
    title: 'Commands were slipped in before a device’s encryption',
    sentence: () =>
      'Commands stood behind a device’s request for encryption. They may be somebody else’s, so none was carried out.',
    advice: () =>
      'Try again. If it happens each time, the device’s program is at fault, or somebody in the local network changes what it sends.',
  }),
  'server-rate-limited': failure<{ provider?: string; per?: 'minute' | 'day' }>({
    title: 'The provider wants fewer messages at a time',
    sentence: ({ server, provider, per }) =>
      `${server}${given(provider, (name) => ` (${name})`)} takes no more messages from this account ${per === 'day' ? 'today' : 'at the moment'}.`,
    advice: ({ per }) =>
      per === 'day' ? 'Send the message again tomorrow.' : 'Send the message again in a minute or two.',
  }),
  'message-too-large': failure<{ limit?: number }>({
    title: 'The message is too large',
    sentence: ({ server, limit }) =>
      `The message is larger than ${server} accepts${given(limit, (bytes) => ` (${megabytes(bytes)})`)}. It was not sent.`,
    advice: () => 'Scan fewer pages at a time, at a lower resolution, or as a compressed file.',
  }),
  'ambiguous-end-of-data': failure({
    title: 'Where a message ends cannot be told',
    sentence: () =>
      'A message held a line with nothing but a dot between line ends that servers read in different ways. It was not sent.',
    advice: () =>
      'If a device does this with every message, look for newer firmware. If it was one message, somebody may have made it so.',
  }),
};

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1).replace(/\.0$/, '')} MB`;
}
