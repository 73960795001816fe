/**
 * The catalogue: every failure that is recognised, with its words. `{fact}` is filled in; `[…]` is left out where its
 * fact is not known. Each code has a section of the same name in docs/diagnosis.md.
 */
export const diagnosisWords = {
  // Reaching the server
  'dns-not-found': {
    sentence: 'There is no server named {server}.',
    advice: 'Look for a typing error in the server’s name, and compare it with what your mail provider says.',
  },
  'dns-failing': {
    sentence: 'The address of {server} could not be looked up: the name service (DNS) does not answer properly.',
    advice:
      'Check that this computer is online. If web pages do not open either, restart the router or try another network.',
  },
  'connection-refused': {
    sentence: '{server} is there, but nothing accepts connections on port {port}.',
    advice:
      'Check the port: 993 or 143 for IMAP, 995 or 110 for POP3, 465 or 587 for SMTP. If it is right, the server may be down.',
  },
  'network-unreachable': {
    sentence: 'There is no way from this computer to {server}.',
    advice: 'Check that this computer is online, and that a VPN or firewall does not stand in the way.',
  },
  'server-timeout': {
    sentence: '{server} did not answer in time on port {port}.',
    advice: 'Check the port. Many networks block mail ports: try another network, or ask who runs this one.',
  },
  'server-closed': {
    sentence: '{server} hung up in the middle of the conversation.',
    advice: 'Try again in a few minutes. If it stays like this, the server may not want connections from your network.',
  },
  'captive-portal': {
    sentence: 'A web page answers in the place of {server}: this network probably wants you to sign in first.',
    advice:
      'Open a web browser, visit any page and sign in to the network (hotel, train, guest Wi-Fi). Then try again.',
  },
  'server-unavailable': {
    sentence: '{server} says that it is out of service at the moment.',
    advice: 'Nothing is wrong on your side. Wait a while and try again; your provider may have a status page.',
  },
  'server-too-many-connections': {
    sentence: '{server} says that there are too many connections from you already.',
    advice:
      'Close mail programs on other devices, or wait some minutes until the server has forgotten old connections.',
  },

  // How TLS begins
  'port-wants-starttls': {
    sentence:
      '{server} port {port} starts without encryption and switches to it (STARTTLS), but the account expects TLS at once.',
    advice:
      'Set encryption of this path to “After a greeting” ("tls": "starttls"), or use the port for TLS at once: 993, 995 or 465.',
  },
  'port-wants-implicit-tls': {
    sentence:
      '{server} port {port} speaks TLS from the first byte, but the account expects a greeting first (STARTTLS).',
    advice: 'Set encryption of this path to “At once” ("tls": "implicit").',
  },
  'plaintext-only': {
    sentence:
      '{server} offers no encryption on port {port}. Postern never sends mail or passwords unencrypted, so nothing was sent.',
    advice:
      'Use the provider’s encrypted port: 993 for IMAP, 995 for POP3, 465 for SMTP. If there is none, ask the provider.',
  },
  'starttls-refused': {
    sentence: '{server} offers encryption but did not start it when asked.',
    advice:
      'Try again later. If it stays like this, ask the provider, or use the port for TLS at once: 993, 995 or 465.',
  },
  'encryption-vanished': {
    sentence:
      '{server} offered encryption before[ (last on {since})] and suddenly does not. Someone on the network may be stripping it. Nothing was sent.',
    advice:
      'Do not use this network for mail. Try another one; if it is the same everywhere, ask your provider before anything else.',
  },
  'plaintext-injected': {
    sentence:
      'Something was slipped into the connection to {server} before it was encrypted. Someone may be attacking. Nothing was sent.',
    advice: 'Do not use this network for mail. If it happens on every network, tell your provider.',
  },
  'signed-in-before-encryption': {
    sentence:
      '{server} claims that you are signed in before the connection is encrypted. An honest server does not. Nothing was sent.',
    advice: 'Try another network, and tell your provider. Port 993 with TLS at once does not have this weakness.',
  },
  'wrong-protocol': {
    sentence: '{server} port {port} speaks {spoken}, which is not the kind of mail that this path is set to.',
    advice: 'Correct the port or the kind of mail: 993 and 143 are IMAP, 995 and 110 are POP3, 465 and 587 are SMTP.',
  },
  'not-a-mail-server': {
    sentence: 'What answers at {server} port {port} does not behave like the mail server that is expected there.',
    advice: 'Check the server’s name, the port and the kind of mail in the account.',
  },
  'tls-too-old': {
    sentence: '{server} knows only versions of TLS that can be broken.',
    advice:
      'Ask the provider to update the server; look whether the provider names a newer server. Postern needs TLS 1.2.',
  },
  'weak-cipher': {
    sentence: '{server} and Postern share no encryption that is safe today.',
    advice: 'Ask the provider to update the server, or look whether the provider names a newer one.',
  },
  'tls-failed': {
    sentence: 'Encryption with {server} could not be agreed on.',
    advice:
      'Check the server’s name and port. If they are right, ask the provider; a security program on this computer can be the cause, too.',
  },
  'client-certificate-wanted': {
    sentence: '{server} wants a certificate of yours before it talks.',
    advice:
      'Ask whoever runs the server for a certificate and its key, and put both into the account (“Your own certificate”).',
  },

  // The server's certificate
  'clock-wrong': {
    sentence:
      'The clock of this computer is probably {direction}, by {amount}: certificates that are sound seem to be from another time.',
    advice:
      'Set date, time and time zone, best by letting the system do it. An old computer that forgets the time needs a new battery.',
  },
  'certificate-expired': {
    sentence: 'The certificate of {server} expired {amount} ago.',
    advice: 'Check the date of this computer. If it is right, the provider forgot to renew: tell them and wait.',
  },
  'certificate-not-yet-valid': {
    sentence: 'The certificate of {server} becomes valid only in {amount}.',
    advice: 'Check the date of this computer. If it is right, the provider made a mistake: tell them.',
  },
  'certificate-resigned': {
    sentence:
      '{product} on this computer or network opens encrypted connections and signs them anew, so the server itself cannot be seen.',
    advice:
      'Switch off mail or TLS scanning in it, or exclude Postern. If your company wants it so, add its root certificate under "certificateAuthorities".',
  },
  'name-mismatch': {
    sentence: 'The certificate is not for {server}.[ It is for {names}.]',
    advice:
      'If one of those names is your provider’s, use it as the server’s name. If none is, this is not your server.',
  },
  'self-signed': {
    sentence: 'The certificate of {server} was made by the server itself; no authority vouches for it.',
    advice:
      'If the server is yours or your company’s, compare the fingerprint with its administrator and approve it. A public provider has a proper one.',
  },
  'unknown-issuer': {
    sentence: 'The certificate of {server} comes from an authority that is not known here.',
    advice:
      'If it is your company’s, add its root certificate under "certificateAuthorities". Otherwise do not trust it before you have asked the provider.',
  },
  'intermediate-missing': {
    sentence: '{server} sent its own certificate without the one that connects it to a known authority.',
    advice: 'That is a mistake of whoever runs the server: tell them that the intermediate certificate is missing.',
  },
  'certificate-wrong-use': {
    sentence: 'The certificate of {server} is not meant for servers, or breaks the limits of its authority.',
    advice: 'Tell the provider. Do not trust it unless you know how it came about.',
  },
  'certificate-weak': {
    sentence: 'The certificate of {server} rests on a key or signature that can be forged today.',
    advice: 'Nobody should accept it, so Postern offers no way to. Ask the provider to replace it.',
  },
  'certificate-revoked': {
    sentence: 'The certificate of {server} was withdrawn by its authority.',
    advice: 'Its key may be in wrong hands. Ask the provider to replace it; until then nothing is sent.',
  },
  'certificate-changed': {
    sentence: '{server} shows another certificate than the one that you trusted.',
    advice: 'Ask whoever runs the server whether it was replaced, and compare the fingerprint before you approve it.',
  },
  'certificate-turned-bad': {
    sentence:
      '{server} was verified before and now shows a certificate that is not trustworthy. Someone may be intercepting the connection.',
    advice:
      'Try another network. If it is the same everywhere, ask the provider. Only when you know why, forget the server on the Certificates page.',
  },
  'certificate-rejected': {
    sentence: 'You rejected the certificate of {server}.',
    advice:
      'If that was a mistake, forget the decision on the Certificates page or with "postern certificates forget"; you are asked again.',
  },
  'certificate-unreadable': {
    sentence: 'The certificate of {server} is damaged or too odd to be judged.',
    advice: 'Ask the provider to replace it.',
  },

  // Signing in
  'wrong-password': {
    sentence: 'The server did not accept the user name and password.',
    advice:
      'Type both again; the user name is often the whole e-mail address. If they work in the web browser, the provider may want an app password.',
  },
  'app-password-needed': {
    sentence: '{provider} did not accept this password: mail programs need an app password there, not the usual one.',
    advice:
      'Make an app password in the security settings of your account on the provider’s web site, and type it into the mail program.',
  },
  'oauth-needed': {
    sentence: '{provider} does not accept passwords from mail programs any more: it wants the modern sign-in (OAuth).',
    advice:
      'Postern carries passwords only. Put a program that does OAuth between, such as Email OAuth 2.0 Proxy, or forward the mail to another provider.',
  },
  'web-sign-in-needed': {
    sentence: '{provider} wants you to sign in with a web browser first.',
    advice: 'Sign in on the provider’s web site, answer what it asks, then try again.',
  },
  'login-disabled': {
    sentence: '{provider} has switched this way of fetching or sending mail off for your account.',
    advice:
      'Switch it on in the mail settings on the provider’s web site (IMAP, POP3 or “SMTP AUTH”), or ask the administrator.',
  },
  'no-password-sign-in': {
    sentence: '{server} offers no sign-in by password on port {port}.',
    advice:
      'Check the port: for sending it is 465 or 587, not 25. If it is right, the provider may want the modern sign-in (OAuth).',
  },
  'mailbox-locked': {
    sentence: 'The mailbox is in use by another program.',
    advice: 'Close other mail programs and devices that fetch from it, wait some minutes, and try again.',
  },
  'account-blocked': {
    sentence:
      'The server has blocked signing in for a while, after too many attempts or for another reason of its own.',
    advice:
      'Stop every mail program that still has an old password, wait an hour, then try again. Ask the provider if it stays so.',
  },

  // On this computer
  'port-in-use': {
    sentence: '{place} is used by {program}.',
    advice:
      'Close that program, or choose another port for this path[: {freePort} is free]. Then set the same port in the mail program.',
  },
  'port-not-permitted': {
    sentence: 'The system does not let Postern use {place}.',
    advice: 'Choose a port of 1024 or above, and set the same port in the mail program.',
  },
  'address-missing': {
    sentence: 'This computer does not have the address of {place}.',
    advice: 'Choose 127.0.0.1, which every computer has.',
  },
  'listening-failed': {
    sentence: 'Postern could not listen on {place}.',
    advice: 'Choose another port for this path. The log says more.',
  },
  'not-a-mail-program': {
    sentence: 'Something that is no mail program connected to Postern and was turned away.',
    advice: 'You need not do anything, unless it was your mail program: then set its connection security to “None”.',
  },
  'other-user': {
    sentence: 'A program of another user of this computer connected and was turned away.',
    advice: 'If it is meant to use Postern, allow other users under Settings ("ownUserOnly").',
  },
  'command-too-long': {
    sentence: 'The mail program sent a command that is too long to be one.',
    advice: 'Check that the mail program is set to the right kind of mail on this port.',
  },
  'too-many-mail-programs': {
    sentence: 'More mail connections are open than Postern allows at the same time.',
    advice: 'Close mail windows that you do not need, or raise the limit under Settings ("maxConnections").',
  },
} as const satisfies Record<string, { sentence: string; advice: string }>;
