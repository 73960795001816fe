import { X509Certificate } from 'node:crypto';
import { type AccountConfiguration, accountSchema, type PracticeAccount, practiceServer } from '../contract/index.ts';
import { freePorts } from '../net/free-ports.ts';
import { makeSelfSignedCertificate } from './certificate.ts';
import { startImap } from './imap.ts';
import { createMailbox } from './mailbox.ts';
import { startPop3 } from './pop3.ts';
import type { PracticeMail } from './server.ts';
import { startSmtp } from './smtp.ts';
import { welcomeMessage } from './welcome.ts';

const accountName = 'Practice';

/** A mail server inside Postern to practise with, and the account that leads to it. */
export interface Practice {
  /** As it would appear in the configuration. */
  configuration: AccountConfiguration;
  account: PracticeAccount;
  stop(): Promise<void>;
}

/**
 * Starts the embedded mail server with a new self-signed certificate and a message in its mailbox.
 *
 * @param serverName the name that the server goes by
 * @throws the system's error when no port is available on 127.0.0.1
 */
export async function startPractice(serverName: string): Promise<Practice> {
  const identity = makeSelfSignedCertificate(serverName);
  const fingerprint = new X509Certificate(identity.cert).fingerprint256.replaceAll(':', '').toLowerCase();
  const signIn = { user: `you@${serverName}`, password: practiceServer.password };
  const mailbox = createMailbox();
  mailbox.add('INBOX', welcomeMessage({ from: `postern@${serverName}`, to: signIn.user }, new Date()));
  const mail: PracticeMail = {
    serverName,
    identity,
    mailbox,
    isSignIn: (user, password) => user === signIn.user && password === signIn.password,
  };
  const servers = await Promise.all([startImap(mail), startPop3(mail), startSmtp(mail)]);
  const protocols = ['imap', 'pop3', 'smtp'] as const;
  const listens = await freePorts(protocols, new Set());
  const relays = protocols.map((protocol, index) => ({
    name: `practice-${protocol}`,
    protocol,
    listen: listens.find((each) => each.protocol === protocol)?.listen ?? 0,
    server: serverName,
    address: '127.0.0.1',
    port: servers[index]?.port ?? 0,
    tls: protocol === 'smtp' ? 'starttls' : 'implicit',
  }));
  return {
    configuration: accountSchema.parse({ name: accountName, relays }),
    account: { account: accountName, ...signIn, fingerprint },
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}
