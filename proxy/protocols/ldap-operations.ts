/** The operations of RFC 4511, by the tag that they have on the wire (§4.2 to §4.13). */
export const op = {
  bindRequest: 0x60,
  bindResponse: 0x61,
  unbindRequest: 0x42,
  searchRequest: 0x63,
  searchResultEntry: 0x64,
  searchResultDone: 0x65,
  searchResultReference: 0x73,
  modifyRequest: 0x66,
  modifyResponse: 0x67,
  addRequest: 0x68,
  addResponse: 0x69,
  delRequest: 0x4a,
  delResponse: 0x6b,
  modDnRequest: 0x6c,
  modDnResponse: 0x6d,
  compareRequest: 0x6e,
  compareResponse: 0x6f,
  abandonRequest: 0x50,
  extendedRequest: 0x77,
  extendedResponse: 0x78,
  intermediateResponse: 0x79,
} as const;

/** The answer that each request ends with; those without one are missing (§4.3, §4.11). */
const answers = new Map<number, number>([
  [op.bindRequest, op.bindResponse],
  [op.searchRequest, op.searchResultDone],
  [op.modifyRequest, op.modifyResponse],
  [op.addRequest, op.addResponse],
  [op.delRequest, op.delResponse],
  [op.modDnRequest, op.modDnResponse],
  [op.compareRequest, op.compareResponse],
  [op.extendedRequest, op.extendedResponse],
]);
const results: ReadonlySet<number> = new Set(answers.values());
const requests: ReadonlySet<number> = new Set([...answers.keys(), op.unbindRequest, op.abandonRequest]);

/** The tag of the answer to a request; undefined where it has none. */
export const answerTo = (request: number): number | undefined => answers.get(request);
/** Whether a tag is that of an operation that a program may ask for. */
export const isRequest = (tag: number): boolean => requests.has(tag);
/** Whether a tag is that of an answer that holds an LDAPResult (§4.1.9). */
export const isResult = (tag: number): boolean => results.has(tag);
/** Whether a tag is that of anything that a server may say. */
export const isAnswer = (tag: number): boolean =>
  isResult(tag) || tag === op.searchResultEntry || tag === op.searchResultReference || tag === op.intermediateResponse;

/** Result codes that Postern gives, or that mean something to it (RFC 4511 appendix A). */
export const code = {
  success: 0,
  operationsError: 1,
  protocolError: 2,
  authMethodNotSupported: 7,
  strongerAuthRequired: 8,
  partialResults: 9,
  referral: 10,
  confidentialityRequired: 13,
  saslBindInProgress: 14,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  unavailable: 52,
  unwillingToPerform: 53,
} as const;

/** Starts TLS (RFC 4511 §4.14). */
export const startTlsOid = '1.3.6.1.4.1.1466.20037';
/** The server's goodbye, as an answer that nobody asked for (RFC 4511 §4.4.1). */
export const noticeOid = '1.3.6.1.4.1.1466.20036';

/** Tags of the parts of messages. Some have the same number, in another place. */
export const part = {
  sequence: 0x30,
  integer: 0x02,
  octets: 0x04,
  enumerated: 0x0a,
  controls: 0xa0,
  referral: 0xa3,
  simple: 0x80,
  sasl: 0xa3,
  requestName: 0x80,
  responseName: 0x8a,
} as const;
