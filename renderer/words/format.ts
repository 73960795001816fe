import { fingerprintText, inert, tlsName } from '../../proxy/contract/index.ts';
import { justNow } from './just-now.ts';
import { locale } from './locale.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
/** A day in milliseconds. */
export const day = 24 * hour;

const count = new Intl.NumberFormat(locale);
const oneDecimal = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const ago = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const dateOnly = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
const dateAndTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const timeOnly = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });

/** Shown in place of a time that cannot be read. */
const noTime = '–';

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const bytesIn = Object.fromEntries(
  byteUnits.map((unit) => [
    unit,
    // The short form of a byte has no plural: “0 byte”.
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit,
      unitDisplay: unit === 'byte' ? 'long' : 'short',
      maximumFractionDigits: 1,
    }),
  ]),
) as Record<(typeof byteUnits)[number], Intl.NumberFormat>;

/** `12,345`. */
export function formatCount(value: number): string {
  return count.format(value);
}

/** Bytes in decimal units: `1.2 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return bytesIn[byteUnits[unit] ?? 'byte'].format(value);
}

/** @param iso ISO 8601 */
export function formatDay(iso: string): string {
  return shown(dateOnly, iso);
}

/** @param iso ISO 8601 */
export function formatMoment(iso: string): string {
  return shown(dateAndTime, iso);
}

/** @param iso ISO 8601 */
export function formatTime(iso: string): string {
  return shown(timeOnly, iso);
}

function shown(format: Intl.DateTimeFormat, iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? noTime : format.format(at);
}

/**
 * How far a moment is from now, in the largest fitting unit: `2 minutes ago`, `in 118 days`, `just now`.
 *
 * @param iso ISO 8601
 * @param now milliseconds since 1970
 */
export function formatDistance(iso: string, now: number): string {
  const distance = Date.parse(iso) - now;
  if (Number.isNaN(distance)) return noTime;
  const far = Math.abs(distance);
  // Steps of ten seconds: a number that changes every second draws the eye for no reason.
  if (far < 10 * second) return justNow;
  if (far < minute) return ago.format(Math.trunc(distance / (10 * second)) * 10, 'second');
  if (far < hour) return ago.format(Math.trunc(distance / minute), 'minute');
  if (far < 2 * day) return ago.format(Math.trunc(distance / hour), 'hour');
  if (far < 730 * day) return ago.format(Math.trunc(distance / day), 'day');
  return ago.format(Math.trunc(distance / (365.25 * day)), 'year');
}

/** @param milliseconds shown as `340 ms` or `1.2 s` */
export function formatDuration(milliseconds: number): string {
  return milliseconds < 1000
    ? `${count.format(Math.round(milliseconds))} ms`
    : `${oneDecimal.format(milliseconds / 1000)} s`;
}

/** The first eight bytes of a fingerprint: enough to tell two apart that are on the screen, and none to rely on. */
export function fingerprintBeginning(fingerprint: string): string {
  return `${fingerprintText(fingerprint.slice(0, 16))} …`;
}

/** An address and a port as they are typed: `127.0.0.1:1143`, `[::1]:1143`. */
export function formatEndpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The name by which a person knows a certificate: its common name, else its first part. */
export function commonName(subject: string): string {
  const found = /(?:^|[,\n+]\s*)CN\s*=\s*((?:\\.|[^,\n+\\])*)/i.exec(subject);
  return found?.[1]?.trim() || subject;
}

/** `TLSv1.3` as `TLS 1.3`. */
export function formatTlsVersion(version: string): string {
  return tlsName(inert(version, 20));
}
