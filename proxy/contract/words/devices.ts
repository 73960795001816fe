import { failure, given } from './failure.ts';

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
