/** The widest nets of balancers: a cluster gives a pod any address of its own (RFC 6177 §2 for IPv6). */
const widestNet = { 4: 16, 6: 48 } as const;

/** How many bits of an address or net of balancers are fixed; null when it is neither, or too wide. */
export function balancerPrefix(entry: string): number | null {
  const [, v4, v6, digits] =
    /^(?:(\d{1,3}(?:\.\d{1,3}){3})|([\da-fA-F:]+:[\da-fA-F:.]*))(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const sound = v4 === undefined ? v6 !== undefined && URL.canParse(`http://[${v6}]/`) : isVersion4(v4);
  const [full, least] = v4 === undefined ? [128, widestNet[6]] : [32, widestNet[4]];
  const prefix = digits === undefined ? full : Number(digits);
  return sound && prefix <= full && prefix >= least ? prefix : null;
}

const isVersion4 = (text: string) =>
  text.split('.').every((octet) => Number(octet) <= 255 && String(Number(octet)) === octet);
