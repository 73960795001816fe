import { failure, given } from './failure.ts';
import { isPortAtOnce, portOfAnother, setAtOnce, usualPorts } from './ports.ts';
import { type AwaitedStep, awaited } from './steps.ts';

/** Failures on the way to the server, and servers that refuse to talk. */
export const reaching = {
  'dns-not-found': failure<{ host?: string }>({
    title: 'There is no such server',
    sentence: ({ host, server }) => `There is no server named ${host ?? server}.`,
    advice: ({ kind: { mail, keeper } }) =>
      `Look for a typing error in the server’s name, and compare it with what ${mail ? 'your mail provider' : keeper} says. Check that this computer is online.`,
  }),
  'dns-failing': failure<{ host?: string }>({
    title: 'The server’s address cannot be looked up',
    sentence: ({ host, server }) =>
      `The address of ${host ?? server} could not be looked up: the name service (DNS) does not answer properly.`,
    advice: () =>
      'This computer seems to be offline, or its name service has failed. If web pages do not open either, check the cable or Wi-Fi, restart the router, or try another network.',
  }),
  'connection-refused': failure<{ workedAt?: string }>({
    title: 'Nothing accepts connections there',
    sentence: ({ server, port }) => `${server} is there, but nothing accepts connections on ${port}.`,
    advice: ({ workedAt, ...at }) =>
      workedAt !== undefined
        ? 'The server may be down: this port worked before. Try again in a few minutes. If it stays like this, ask your provider whether the port has changed.'
        : `Check the port. ${usualPorts(at)} If it is right, the server may be down.`,
  }),
  'network-unreachable': failure<{ error?: string }>({
    title: 'The server cannot be reached',
    sentence: ({ server, error }) =>
      `There is no way from this computer to ${server}${given(error, (code) => ` (${code})`)}.`,
    advice: () =>
      'This computer seems to be offline, or a VPN or firewall stands in the way. Check whether web pages open.',
  }),
  'server-timeout': failure<{ seconds?: number; step?: AwaitedStep; workedAt?: string }>({
    title: 'The server did not answer in time',
    sentence: ({ server, port, seconds, step }) =>
      `${server} did not answer in time on ${port}${given(seconds, (limit) => `: ${given(step, (at) => `${awaited[at]} `)}took more than ${limit} s`)}.`,
    advice: ({ step, workedAt, ...at }) => {
      if (workedAt !== undefined) {
        return 'The server may be down, or this network may block it: this port worked before. Try again in a few minutes, or try another network.';
      }
      const another = portOfAnother(at);
      if (another !== null) return `${another} If it is right, try another network, or try again later.`;
      if (step !== 'plaintext-greeting') {
        return `Check the port. Many networks block ${at.kind.mail ? 'mail ports' : 'ports like this one'}: try another network, or ask who runs this one.`;
      }
      return isPortAtOnce(at)
        ? `This port speaks TLS from the first byte. ${setAtOnce}.`
        : `${setAtOnce} if this port speaks TLS from the first byte. Otherwise try another network, or try again later.`;
    },
  }),
  'server-closed': failure({
    title: 'The server hung up',
    sentence: ({ server }) => `${server} hung up in the middle of the conversation.`,
    advice: () =>
      'Try again in a few minutes. If it stays like this, the server may not want connections from your network.',
  }),
  'captive-portal': failure({
    title: 'The network wants you to sign in first',
    sentence: ({ server }) =>
      `A web page answers in place of ${server}: this network probably wants you to sign in first.`,
    advice: () =>
      'Open a web browser, visit any page and sign in to the network (hotel, train, guest Wi-Fi). Then try again.',
  }),
  'server-unavailable': failure({
    title: 'The server is out of service',
    sentence: ({ server }) => `${server} says that it is out of service at the moment.`,
    advice: () => 'Nothing is wrong on your side. Wait a while and try again; your provider may have a status page.',
  }),
  'address-blocked': failure({
    title: 'The server does not talk to your network',
    sentence: ({ server, kind }) =>
      `${server} does not talk to your network: its address is on a block list, or is not trusted${kind.mail ? ' for mail' : ''}.`,
    advice: ({ kind }) =>
      `Try another network. If it is your own, ask who runs it, or look its address up at the block list; ask ${kind.keeper} whether ${kind.mail ? 'port 465 or 587 is meant for you' : 'it may use the server'}.`,
  }),
  'greeting-name-refused': failure({
    title: 'The server does not accept this computer’s name',
    sentence: ({ server }) => `${server} does not accept the names with which this computer introduces itself.`,
    advice: () => 'Ask the provider, or give this computer a full name (host.domain) in the settings of the system.',
  }),
  'connection-unwanted': failure({
    title: 'The server turned the connection away',
    sentence: ({ server }) => `${server} turned the connection away before anything was said.`,
    advice: ({ kind }) =>
      kind.mail
        ? 'Check that the server’s name and port are those for mail programs (465 or 587 for SMTP), or ask the provider.'
        : `Check the server’s name and port, or ask ${kind.keeper} who may use it.`,
  }),
  offline: failure({
    title: 'This computer seems to be offline',
    sentence: ({ server }) =>
      `The address of ${server} cannot be found, although its name is right: this computer seems to be offline.`,
    advice: ({ kind }) =>
      `Check the network: whether web pages open, the cable or Wi-Fi, a VPN. Once it is back, ${kind.mail ? 'your mail resumes' : 'everything resumes'} on its own.`,
  }),
  'server-too-many-connections': failure({
    title: 'The server has too many connections',
    sentence: ({ server }) => `${server} says that there are too many connections from you already.`,
    advice: ({ kind }) =>
      `Close ${kind.client}s on other devices, or wait a few minutes until the server has forgotten old connections.`,
  }),
};
