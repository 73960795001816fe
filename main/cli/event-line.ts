import {
  type DiagnosisCode,
  describeHappening,
  type FailedAt,
  type Finding,
  happeningOf,
  type PosternEvent,
  refusalText,
  worded,
} from '../../proxy/contract/index.ts';
import { whereToChange } from './where-to-change.ts';

/**
 * What `postern run` says about an event to a person; null for what is not worth a line.
 *
 * @param options what suggested commands need: `commandOptions`
 */
export function eventLine(event: PosternEvent, options = ''): string | null {
  const sentence = eventSentence(event, options);
  return sentence === null ? null : `${localTime(event.time)}  ${sentence}`;
}

/**
 * What `postern run` says when a relay listens that did not at the start: an account was added, or a port has become free. One
 * line for a bare port, which is at two addresses.
 */
export function newListenerLine(event: PosternEvent): string | null {
  if (event.event !== 'listening' || event.address === '::1') return null;
  const { relay, address, port, time } = event;
  return `${localTime(time)}  ${relay}: listens for your mail program now, at ${address} port ${port}.`;
}

/** The same without the time. */
export function eventSentence(event: PosternEvent, options = ''): string | null {
  if (event.event === 'configuration-applied') return `${event.file} was read again, and is in effect.`;
  if (event.event === 'configuration-refused') {
    return `NOT READ: the configuration cannot be used, and the one before it stays in effect. ${event.message}`;
  }
  const happening = happeningOf(event);
  // Listeners are reported once, when all of them are up.
  if (!happening || happening.kind === 'relay-listening') return null;
  if (event.event === 'refused') {
    const { code, facts, message } = event;
    const begin = `${event.relay}: ${alarms.has(code) ? 'ALARM, refused' : 'refused'}.`;
    const where = whereToChange(event, [event.relay]);
    if (options === '') return `${begin} ${message}${where}`;
    return `${begin} ${refusalText({ code, facts } as Finding, facts as Partial<FailedAt>, options)}${where}`;
  }
  if (event.event === 'relay-failed') {
    const { sentence, advice } = worded(event);
    return `${event.relay}: NOT LISTENING. ${sentence} ${advice}${whereToChange(event, [event.relay])}`;
  }
  const { title, text } = describeHappening(happening, bytes);
  const said =
    text === '' ? `${title}.` : `${title}${/[?.]$/.test(title) ? '' : '.'} ${text}${text.endsWith('.') ? '' : '.'}`;
  const prefix = 'relay' in event ? `${event.relay}: ` : '';
  // The list has what to compare, and a command for each answer.
  const look = event.event === 'certificate-pending' ? ` Look at it: postern certificates${options}` : '';
  return `${prefix}${said}${look}`;
}

/** Refusals that are one: what was offered or proved before is gone. */
const alarms: ReadonlySet<DiagnosisCode> = new Set(['encryption-vanished', 'certificate-turned-bad']);

/** `14:03:09` in the time of this computer. */
function localTime(iso: string): string {
  return new Date(iso).toTimeString().slice(0, 8);
}

/** `2026-11-21 14:03` in the time of this computer. */
export function localDate(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `0 bytes`, `12.3 kB`, `4.0 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} ${count === 1 ? 'byte' : 'bytes'}`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = '';
  for (const next of units) {
    value /= 1000;
    unit = next;
    if (value < 999.95) break;
  }
  return `${value.toFixed(1)} ${unit}`;
}
