import type { ImportNote } from './imported.ts';

/** The options of one service, including those before the first section; of repeated ones the last counts. */
export interface StunnelService {
  name: string;
  /** The value of an option; undefined when it is not there. */
  value(key: string): string | undefined;
  /** Every value of an option that may be repeated, the service's own before the shared ones. */
  values(key: string): string[];
  isOn(key: string): boolean;
  keys: string[];
}

/** Bundles of the public authorities: Postern has those built in. */
const publicBundle =
  /^(?:\/etc\/ssl\/certs(?:\/ca-certificates\.crt)?|\/etc\/pki\/tls\/certs\/ca-bundle\.crt|\/etc\/ssl\/cert\.pem|\/etc\/pki\/ca-trust\/.*|(?:.*[\\/])?ca-certs\.pem)\/?$/i;

/** How stunnel itself runs: nothing here says where mail goes or who is trusted. */
const ofNoConcern = new Set([
  ...['accept', 'connect', 'client', 'protocol', 'checkhost', 'checkip', 'sni', 'cert', 'key', 'include'],
  ...['verify', 'verifychain', 'verifypeer', 'cafile', 'capath', 'requirecert', 'engine', 'engineid'],
  ...[
    'pid',
    'output',
    'debug',
    'log',
    'logid',
    'syslog',
    'foreground',
    'setuid',
    'setgid',
    'chroot',
    'service',
    'fips',
  ],
  ...['delay', 'retry', 'reset', 'stack', 'socket', 'libwrap', 'ident', 'failover', 'renegotiation', 'session'],
  ...['sessioncachesize', 'sessioncachetimeout', 'sessionresume', 'sessiond', 'timeoutbusy', 'timeoutclose'],
  ...['timeoutconnect', 'timeoutidle', 'taskbar', 'iconactive', 'iconerror', 'iconidle', 'rndbytes', 'rndfile'],
  ...['rndoverwrite', 'egd', 'compression', 'enginectrl', 'enginedefault', 'enginenum', 'pty'],
]);

/** Options whose loss deserves a sentence of explanation. */
const reasons: Record<string, string> = {
  checkemail: 'Postern checks the server’s name, not an e-mail address',
  crlfile: 'Postern fetches the lists of revoked certificates itself',
  crlpath: 'Postern fetches the lists of revoked certificates itself',
  ocsp: 'Postern uses lists of revoked certificates instead',
  ocspaia: 'Postern uses lists of revoked certificates instead',
  sslversion: 'Postern speaks TLS 1.2 and 1.3, and nothing older',
  sslversionmin: 'Postern speaks TLS 1.2 and 1.3, and nothing older',
  sslversionmax: 'Postern speaks TLS 1.2 and 1.3, and nothing older',
  options: 'Postern sets TLS up by itself',
  ciphers: 'Postern chooses the ciphers, strong ones alone',
  ciphersuites: 'Postern chooses the ciphers, strong ones alone',
  curves: 'Postern chooses the curves',
  securitylevel: 'Postern has a level of its own and no way below it',
  local: 'Postern cannot choose the address that it connects from',
  transparent: 'Postern has nothing of this kind',
  protocolhost: 'Postern connects by itself',
  protocolusername: 'the mail program signs in itself: type user name and password there',
  protocolpassword: 'the mail program signs in itself: type user name and password there',
  protocolauthentication: 'the mail program signs in itself: type user name and password there',
};

/**
 * What becomes of a service's options that are not a relay's own: trust above all.
 *
 * @returns the authorities to carry over, as the file names them, and a note for everything that changes
 */
export function stunnelNotes(service: StunnelService): { authorities: string[]; notes: ImportNote[] } {
  const { name, value, isOn, keys } = service;
  const notes: ImportNote[] = [];
  const authorities: string[] = [];
  const note = (key: string, message: string) => notes.push({ place: `[${name}] ${key}`, message });
  const level = Number(value('verify') ?? 0);
  const chain = isOn('verifychain') || level === 2 || level === 3;
  const peer = isOn('verifypeer') || level >= 3;
  const stated = ['verifychain', 'verifypeer', 'verify'].find((key) => value(key) !== undefined);
  if (!chain && !peer) {
    note(
      spelled[stated ?? 'verify'] ?? 'verify',
      'not carried: stunnel did not check the server’s certificate here; Postern always does',
    );
  } else if (value('checkhost') === undefined && value('checkip') === undefined && !peer) {
    note('checkHost', 'missing: stunnel did not check the server’s name here; Postern always does');
  }
  if (peer) {
    note(
      level >= 3 ? 'verify' : 'verifyPeer',
      'not carried: stunnel took only the certificates in its file. Postern checks against authorities, and asks you ' +
        'about a certificate that does not pass; compare its fingerprint then',
    );
  }
  const file = value('cafile');
  if (file !== undefined && chain && !peer && !publicBundle.test(file)) {
    authorities.push(file);
  } else if (file !== undefined && !chain && !peer) {
    note('CAfile', 'not carried: without verification, stunnel did not use it');
  }
  const folder = value('capath');
  if (folder !== undefined && chain && !publicBundle.test(folder)) {
    note('CApath', 'not carried: name the files of that folder in certificateAuthorities, one by one');
  }
  if (/^pkcs11:/i.test(value('cert') ?? '') || value('engineid') !== undefined) {
    note('cert', 'not carried: Postern takes client certificates from PEM files, not from a token');
  }
  for (const key of keys.filter((each) => !ofNoConcern.has(each))) {
    // A key may share its name with a property that every object has.
    const reason = Object.hasOwn(reasons, key) ? reasons[key] : undefined;
    note(
      Object.hasOwn(spelled, key) ? (spelled[key] ?? key) : key,
      reason === undefined ? 'not carried: this option is not known' : `not carried: ${reason}`,
    );
  }
  return { authorities, notes };
}

/** Options as stunnel's manual spells them; in the file any spelling goes. */
const spelled: Record<string, string> = Object.fromEntries(
  [
    ...['verifyChain', 'verifyPeer', 'checkEmail', 'CRLfile', 'CRLpath', 'OCSP', 'OCSPaia', 'sslVersion'],
    ...['sslVersionMin', 'sslVersionMax', 'securityLevel', 'protocolHost', 'protocolUsername', 'protocolPassword'],
    ...['protocolAuthentication'],
  ].map((option) => [option.toLowerCase(), option]),
);
