import type { TlsMode } from '../../proxy/contract/index.ts';

export const importAccounts = {
  heading: 'From another program',
  lead: 'Postern reads the client configuration of stunnel, or the emailproxy.config of Email OAuth 2.0 Proxy. The file is not changed, and nothing is added before you have seen it.',
  choose: 'Choose the file',
  another: 'Choose another file',
  tooLarge: 'This file is larger than any such configuration.',
  is: (program: string) => `It is a configuration of ${program}`,
  nothing: 'There is nothing in it to add.',
  account: (name: string) => `Account ${name}`,
  consent: (user: string) => `Postern signs in as ${user}, with your consent.`,
  port: (listen: string | number) => (typeof listen === 'number' ? `port ${listen}` : listen),
  to: (server: string, port: number) => `to ${server}:${port}`,
  at: (address: string) => `(at ${address})`,
  mode: { implicit: 'TLS', starttls: 'STARTTLS' } satisfies Record<TlsMode, string>,
  withCertificate: 'with your certificate',
  authorities: 'Additional authorities to trust',
  authoritiesHint: 'For every account, not just one service.',
  notes: 'What is different, or is not taken over',
  add: 'Add this',
  added: 'Added. Postern uses it from now on.',
  stopOther: (program: string) =>
    `Now stop ${program}: both listen on the same ports. Postern takes each port as soon as it is free; your mail programs need no change.`,
  signIn: 'Sign in, and see the local password to type into the mail program in place of the old one:',
};
