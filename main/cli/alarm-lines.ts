import { type Alarm, alarmsByHost, couldBefore } from '../../proxy/contract/index.ts';
import { localDate } from './event-line.ts';

/** Servers that may be intercepted, each host of an account once. They come before everything else. */
export function alarmLines(alarms: readonly Alarm[]): string[] {
  return alarmsByHost(alarms).map(alarmLine);
}

/** @param alarms of one host */
function alarmLine(alarms: readonly Alarm[]): string {
  const [{ account, host, what } = { account: '', host: '', what: 'certificate' as const }] = alarms;
  const rejected = alarms.flatMap(({ rejectedAt }) => rejectedAt ?? []).toSorted();
  const last = rejected.at(-1);
  const end =
    last === undefined
      ? ''
      : ` You rejected what it shows (${localDate(last)}); the alarm ends when it proves itself again.`;
  return `ALARM, account ${account}: the connection to ${host} may be intercepted. The server ${couldBefore[what]}. Nothing was sent.${end}`;
}
