import { useEffect, useRef, useState } from 'react';
import {
  type Alarm,
  canonicalServer,
  isAlarm,
  isChanged,
  placeOfAlarm,
  standingRefusal,
  type WindowPlace,
  waitingAccounts,
} from '../proxy/contract/index.ts';
import { inert } from '../proxy/contract/inert.ts';
import { concernsIn, concernTables } from './concerns.ts';
import { useDerived, useWindowContext } from './live.tsx';
import { go } from './route.ts';
import { words } from './words.ts';

const text = words.frame.notices;

/** Where this browser remembers that the person wants notifications; a browser setting, not one of Postern's. */
const storedKey = 'postern-notify';

/** Whether this browser shows notifications, and whether the person wants them. */
export function useBrowserNotices() {
  const possible = 'Notification' in window;
  const [on, setOn] = useState(
    () => possible && Notification.permission === 'granted' && localStorage.getItem(storedKey) !== null,
  );
  const [failure, setFailure] = useState<string | null>(null);
  const change = async (wanted: boolean) => {
    setFailure(null);
    if (!wanted) {
      localStorage.removeItem(storedKey);
      return setOn(false);
    }
    const allowed = (await Notification.requestPermission()) === 'granted';
    if (allowed) localStorage.setItem(storedKey, '1');
    else setFailure(text.forbidden);
    setOn(allowed);
  };
  return { possible, on, failure, change: (wanted: boolean) => void change(wanted) };
}

interface Notice {
  /** The subject; each is shown only once. */
  key: string;
  title: string;
  body: string;
  place: WindowPlace;
}

function aboutAlarm(alarm: Alarm): Notice {
  return { ...about('alarm', alarm, alarm.what), place: placeOfAlarm(alarm) };
}

function about(
  kind: 'alarm' | 'changed' | 'question',
  { id, host, account }: Pick<Alarm, 'id' | 'host' | 'account'>,
  lost: Alarm['what'] = 'certificate',
): Notice {
  return {
    // Its other ports say the same.
    key: `${kind} ${canonicalServer(host)} ${account}`,
    title: text[kind].title(inert(host, 100)),
    body: text[kind].body(inert(account, 100), lost),
    place: { page: 'certificates', item: id },
  };
}

/** Shows what happens while nobody is looking at the window as browser notifications. The desktop shell has its own. */
export function BrowserNotices() {
  const { shell } = useWindowContext();
  const notices = useDerived([...concernTables, 'accounts'], (state): Notice[] => [
    // Answering an alarm does not end it, and it is told once: the decision has the question's id.
    ...concernsIn(state).alarms.map(aboutAlarm),
    ...concernsIn(state)
      .open.filter((question) => !isAlarm(question))
      .map((question) => about(isChanged(question) ? 'changed' : 'question', question)),
    ...waitingAccounts(state.rows('accounts')).map(({ name }) => ({
      key: `sign-in ${name}`,
      title: text.signIn.title(inert(name, 100)),
      body: text.signIn.body,
      place: { page: 'accounts', item: name } as const,
    })),
    ...state.rows('relays').flatMap((relay) => {
      const refusal = standingRefusal(relay);
      // The question tells the same, and more; so does what the account waits for.
      const isTold =
        refusal?.reason === 'certificate-undecided' ||
        refusal?.reason === 'sign-in-needed' ||
        refusal?.diagnosis.code === 'certificate-turned-bad' ||
        refusal?.diagnosis.code === 'encryption-vanished';
      if (!refusal || isTold || refusal.reason === 'client-not-mail') return [];
      return {
        // A mail program tries every few minutes: an unchanged state is reported once.
        key: `refusal ${canonicalServer(relay.server)} ${refusal.reason}`,
        title: refusal.protection
          ? `${inert(relay.server, 100)}: ${refusal.diagnosis.title}`
          : text.refused(inert(relay.server, 100)),
        body: inert(`${refusal.diagnosis.sentence} ${refusal.diagnosis.advice}`, 400),
        place: { page: 'overview' } as const,
      };
    }),
  ]);
  const told = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    const fresh = notices.filter(
      ({ key }, at) =>
        told.current && !told.current.has(key) && notices.findIndex((notice) => notice.key === key) === at,
    );
    told.current = new Set(notices.map(({ key }) => key));
    const wanted = !shell && 'Notification' in window && localStorage.getItem(storedKey) !== null;
    if (!wanted || Notification.permission !== 'granted' || document.hasFocus()) return;
    for (const { key, title, body, place } of fresh.slice(0, 4)) {
      const notification = new Notification(title, { body, tag: key });
      notification.onclick = () => {
        window.focus();
        go(place);
      };
    }
  }, [notices, shell]);
  return null;
}
