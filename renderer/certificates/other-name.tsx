import { useId, useState } from 'react';
import { type CertificateQuestion, isOpen, otherNames } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { useCommand } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { words } from '../words.ts';

const text = words.certificates.otherName;

/**
 * Offers the name that the server's certificate is for, where an authority vouches for it. An attacker in between can
 * also show a certificate for a name of their own, so the person is asked once more, with that name in the question.
 */
export function OtherName({ question, onUsed }: { question: CertificateQuestion; onUsed: (said: string) => void }) {
  const [asked, setAsked] = useState(false);
  const use = useCommand('renameServer');
  const hintId = useId();
  const [name] = isOpen(question) ? otherNames(question) : [];
  if (name === undefined) return null;
  const [to, from] = [inert(name, 255), inert(question.host, 100)];
  return (
    <section className="other-name">
      <h4>{text.heading}</h4>
      <p className="hint" id={hintId}>
        {text.hint(to)}
      </p>
      <div className="buttons">
        <ActionButton kind="main" describedBy={hintId} onPress={() => setAsked(true)}>
          {text.use(to)}
        </ActionButton>
      </div>
      <Confirm
        open={asked}
        title={text.confirm(to)}
        text={text.confirmText(to, from, inert(question.account, 100))}
        action={text.action}
        busy={use.busy}
        failure={use.failure}
        onClose={() => setAsked(false)}
        onConfirm={() => void use.run({ id: question.id, name }).then(({ ok }) => ok && onUsed(text.used(to)))}
      />
    </section>
  );
}
