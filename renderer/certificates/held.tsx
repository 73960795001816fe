import { useEffect, useState } from 'react';
import type { CertificateQuestion } from '../../proxy/contract/index.ts';
import { useIsLive } from '../live.tsx';
import { words } from '../words.ts';

const text = words.certificates.question;

/**
 * How many mail programs are held, and for how long at most: then they are told to come back. Nothing once Postern has
 * stopped, which held them.
 *
 * @param brief without what happens then
 */
export function Held({ question, brief }: { question: CertificateQuestion; brief?: boolean }) {
  const { waiting, heldUntil } = question;
  const live = useIsLive();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  if (!live) return <p className="held">{text.heldNoMore}</p>;
  const seconds = heldUntil === undefined ? 0 : Math.ceil((Date.parse(heldUntil) - now) / 1_000);
  return (
    <p className="held">
      {text.held(waiting)}
      {seconds > 0 && `, ${text.heldFor(seconds)}`}
      {seconds > 0 && !brief && `. ${text.heldThen}`}
    </p>
  );
}
