import { createHash } from 'node:crypto';
import type { CertificateQuestion, CertificateSummary } from '../../../proxy/contract/index.ts';

/** A day in milliseconds. */
const day = 86_400_000;

/** The moment this many days from now, ISO 8601. */
export function inDays(days: number): string {
  return new Date(Date.now() + days * day).toISOString();
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A certificate as the core would summarise it. */
export function certificate(host: string, changes: Partial<CertificateSummary> = {}): CertificateSummary {
  return {
    fingerprint: digest(`certificate ${host}`),
    publicKeyFingerprint: digest(`key ${host}`),
    subject: `CN=${host}, O=Example Mail, C=DE`,
    issuer: 'CN=Honest Certificates R3, O=Honest Certificates, C=US',
    names: [host, `autoconfig.${host}`],
    namesOmitted: 0,
    serialNumber: digest(`serial ${host}`).slice(0, 32).toUpperCase(),
    notBefore: inDays(-40),
    notAfter: inDays(50),
    key: 'EC prime256v1',
    signature: 'SHA-256 with ECDSA',
    ...changes,
  };
}

const authority = certificate('authority', {
  subject: 'CN=Honest Certificates R3, O=Honest Certificates, C=US',
  issuer: 'CN=Honest Root X1, O=Honest Certificates, C=US',
  names: [],
  notBefore: inDays(-900),
  notAfter: inDays(900),
  key: 'RSA 4096',
  signature: 'SHA-256 with RSA',
});

/** A question. Whatever is not given is taken from the question about an expired certificate of a new server. */
export function question(id: string, host: string, changes: Partial<CertificateQuestion> = {}): CertificateQuestion {
  return {
    id,
    account: 'Work',
    relays: ['work-imap'],
    host,
    port: 993,
    problems: ['expired'],
    details: [{ problem: 'expired', text: 'The certificate expired 2 days ago.' }],
    certificate: certificate(host, { notBefore: inDays(-92), notAfter: inDays(-2) }),
    chain: [authority],
    history: { kind: 'new' },
    offers: ['reject', 'once', 'always'],
    askedAt: new Date(Date.now() - 120_000).toISOString(),
    timesMet: 14,
    waiting: 2,
    ...changes,
  };
}

/** One question of every kind, named after what it shows. */
export const questions = {
  expired: question('aaaaaaaa01', 'imap.example.org'),
  stranger: question('aaaaaaaa02', 'mail.kleinefirma.example', {
    account: 'Club',
    relays: ['club-pop3'],
    problems: ['name-mismatch', 'self-signed'],
    details: [
      { problem: 'name-mismatch', text: 'The certificate is for localhost, not for mail.kleinefirma.example.' },
      { problem: 'self-signed', text: 'The certificate is signed by itself.' },
    ],
    certificate: certificate('localhost', { subject: 'CN=localhost', issuer: 'CN=localhost', names: ['localhost'] }),
    chain: [],
    timesMet: 1,
    waiting: 1,
  }),
  changed: question('aaaaaaaa03', 'nas.home.example', {
    account: 'Home',
    relays: ['home-imap'],
    problems: ['self-signed', 'changed'],
    details: [
      { problem: 'self-signed', text: 'The certificate is signed by itself.' },
      { problem: 'changed', text: 'You trusted another certificate of this server on 3 March.' },
    ],
    certificate: certificate('new nas.home.example', {
      subject: 'CN=nas.home.example',
      issuer: 'CN=nas.home.example',
      names: ['nas.home.example'],
      notBefore: inDays(-1),
      notAfter: inDays(3650),
      key: 'RSA 4096',
      signature: 'SHA-256 with RSA',
    }),
    chain: [],
    history: {
      kind: 'changed',
      previous: certificate('old nas.home.example', {
        subject: 'CN=nas.home.example',
        issuer: 'CN=nas.home.example',
        names: ['nas.home.example'],
        notBefore: inDays(-700),
        notAfter: inDays(2950),
        key: 'RSA 2048',
        signature: 'SHA-256 with RSA',
      }),
    },
    timesMet: 3,
    waiting: 0,
  }),
  alarm: question('aaaaaaaa04', 'smtp.example.org', {
    relays: ['work-smtp'],
    port: 587,
    problems: ['unknown-issuer'],
    details: [
      { problem: 'unknown-issuer', text: 'The certificate was issued by Hotel Guest Network, which is unknown.' },
    ],
    certificate: certificate('smtp.example.org', {
      fingerprint: digest('hotel'),
      publicKeyFingerprint: digest('hotel key'),
      issuer: 'CN=Hotel Guest Network',
    }),
    chain: [],
    history: {
      kind: 'verified-then-failing',
      lastVerifiedAt: inDays(-3),
      previous: certificate('smtp.example.org'),
    },
    offers: ['reject'],
  }),
} satisfies Record<string, CertificateQuestion>;

/** Valid except for the name, on a server with many names. */
export const otherNameQuestion = question('aaaaaaaa05', 'mail.customer.example', {
  account: 'Shop',
  relays: ['shop-imap'],
  problems: ['name-mismatch'],
  details: [
    {
      problem: 'name-mismatch',
      text: 'The certificate is for mail.hoster.example and *.hoster.example, not for mail.customer.example.',
    },
  ],
  certificate: certificate('mail.hoster.example', { names: ['*.hoster.example', 'mail.hoster.example'] }),
  timesMet: 2,
  waiting: 0,
});
