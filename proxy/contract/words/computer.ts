import { isLoopback } from '../local-address.ts';
import { failure, given, typed } from './failure.ts';
import { a } from './phrases.ts';

/** An address and port of this computer. */
interface LocalPlace {
  address?: string;
  listenPort?: number;
}

const local = ({ address, listenPort }: LocalPlace) =>
  address === undefined || listenPort === undefined ? 'its port' : `${address} port ${listenPort}`;

/** Failures on this computer: listeners that cannot listen, and programs that are turned away. */
export const computer = {
  'port-in-use': failure<LocalPlace & { program?: string; freePort?: number }>({
    title: 'The port is in use',
    sentence: ({ program = 'another program', ...place }) => `${local(place)} is used by ${program}.`,
    advice: ({ freePort, kind }) =>
      `Close that program, or choose another port for this path${given(freePort, (free) => `: ${free} is free`)}. Then set the same port in the ${kind.client}. Postern keeps trying.`,
  }),
  'port-not-permitted': failure<LocalPlace>({
    title: 'The port is not permitted',
    sentence: (place) => `The system does not let Postern use ${local(place)}.`,
    advice: ({ kind }) =>
      `Choose a port of 1024 or above, and set the same port in the ${kind.client}. Postern keeps trying.`,
  }),
  'address-missing': failure<LocalPlace>({
    title: 'This computer does not have the address',
    sentence: (place) => `This computer does not have the address of ${local(place)}.`,
    advice: ({ address = '' }) =>
      address === '' || isLoopback(address)
        ? 'Choose 127.0.0.1, which every computer has. Postern keeps trying.'
        : 'Connect this computer to that network: Postern listens as soon as the address is there. If it has another address now, write that one into "listen".',
  }),
  'listening-failed': failure<LocalPlace & { error?: string }>({
    title: 'Listening failed',
    sentence: ({ error, ...place }) =>
      `Postern could not listen on ${local(place)}${given(error, (code) => ` (${code})`)}.`,
    advice: () => 'Choose another port for this path. Postern keeps trying.',
  }),
  'not-a-mail-program': failure<{ spoke?: 'tls' | 'http' | 'other' }>({
    title: ({ kind: { client } }) => `Something other than ${a(client)} connected`,
    sentence: ({ spoke = 'other', kind: { client, mail, service } }) =>
      ({
        tls: `The ${client} tries to encrypt by itself and was turned away: Postern does the encryption from here on.`,
        http: `A web browser or web page tried to talk to this ${mail ? 'mail port' : 'port'} and was turned away. None of it was passed on.`,
        other: `Something that does not speak ${mail ? 'a mail protocol' : `as one does with a ${service}`} connected to Postern and was turned away. None of it was passed on.`,
      })[spoke],
    advice: ({ spoke, kind }) =>
      spoke === 'tls'
        ? 'Set its connection security to “None” for this server.'
        : `You need not do anything, unless it was your ${kind.client}: then set its connection security to “None”.`,
  }),
  'other-user': failure<{ uid?: number; unknown?: 'not-said' | 'left' }>({
    title: 'A program of another user of this computer connected',
    sentence: ({ uid, unknown }) => {
      switch (unknown) {
        case 'not-said':
          return 'The system did not say whose program connected, and only your own programs may use Postern.';
        case 'left':
          return 'A program left before the system could say whose it was. None of what it sent was passed on.';
        default:
          return `A program of another user of this computer${given(uid, (id) => ` (user id ${id})`)} connected and was turned away.`;
      }
    },
    advice: ({ unknown }) =>
      unknown === 'not-said'
        ? 'Try again. The setting "ownUserOnly" decides that.'
        : 'If it is meant to use Postern, allow other users under Settings ("ownUserOnly").',
  }),
  'device-not-allowed': failure<{ from?: string; device?: 'not-listed' | 'here' }>({
    title: 'A computer that may not use this path connected',
    sentence: ({ from = 'Another computer', device }) =>
      device === 'here'
        ? `A program of this computer (${from}) connected to the address for devices, and was cut off before a byte was exchanged.`
        : `${from} may not use this path, and was cut off before a byte was exchanged.`,
    advice: ({ device, options }) => {
      switch (device) {
        case 'not-listed':
          return `If it is a device of yours, let it in: on the account’s page, or with the command that ${typed('devices', { options })} shows. Or add its address to "allow" under "lan" of the relay.`;
        case 'here':
          return 'Give programs of this computer a relay of their own that listens on 127.0.0.1.';
        default:
          return 'If it is your balancer, add its address to "proxyProtocol" of the relay.';
      }
    },
  }),
  'proxy-header-invalid': failure<{ problem?: 'missing' | 'too-long' | 'broken' | 'late' }>({
    title: 'The balancer did not say whom it passes on',
    sentence: ({ problem = 'missing' }) =>
      ({
        missing: 'A connection from a balancer began without a header of the PROXY protocol.',
        'too-long': 'A balancer sent a header of the PROXY protocol that is longer than Postern accepts.',
        broken: 'A balancer sent a header of the PROXY protocol that is broken.',
        late: 'A balancer connected, and its header of the PROXY protocol did not come in time.',
      })[problem],
    advice: () => 'Let the balancer send it (HAProxy: "send-proxy-v2"), or take its address out of "proxyProtocol".',
  }),
  'command-too-long': failure({
    title: ({ kind }) => `The ${kind.client} sent an overlong command`,
    sentence: ({ kind }) => `The ${kind.client} sent a command that is too long to be one. It was not passed on.`,
    advice: ({ kind }) =>
      kind.mail
        ? 'Check that the mail program is set to the right kind of mail on this port.'
        : `Check that the program on this port is ${a(kind.client)}.`,
  }),
  'too-many-mail-programs': failure({
    title: 'Too many connections at the same time',
    sentence: () => 'More mail connections are open than Postern allows at the same time.',
    advice: () => 'Close mail windows that you do not need, or raise the limit under Settings ("maxConnections").',
  }),
};
