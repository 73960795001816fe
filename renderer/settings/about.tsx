import { useState } from 'react';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { errorMessage, type PosternShell, type ShellState } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { useRow } from '../live.tsx';
import { PlainButton } from '../parts/button.tsx';
import { type Fact, Facts } from '../parts/facts.tsx';
import { Failure } from '../parts/notice.tsx';
import { words } from '../words.ts';
import { useShell } from './computer-settings.tsx';

const text = words.settings;

function updateWords(updates: ShellState['updates']): string {
  switch (updates.kind) {
    case 'off':
      return text.updates.off[updates.why ?? 'no-feed'];
    case 'current':
      return text.updates.current;
    case 'downloading':
    case 'ready':
      return text.updates[updates.kind](inert(updates.version, 40));
    case 'failed':
      return text.updates.failed(inert(updates.message));
  }
}

/** Which version of Postern this is, and its licences. */
export function About({ shell }: { shell: PosternShell | undefined }) {
  const core = useRow('core', 'core');
  const { state } = useShell(shell);
  const [licences, setLicences] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const facts: Fact[] = [
    [text.version, inert(state?.version ?? core?.version ?? words.common.unknown, 40)],
    [text.updatesLabel, state ? updateWords(state.updates) : text.unavailable],
    [text.licences, text.licencesHint],
  ];
  const show = async () => {
    try {
      setLicences((await shell?.licences()) ?? null);
    } catch (error) {
      setFailure(errorMessage(error));
    }
  };
  return (
    <div className="card">
      <Facts facts={facts} />
      <Failure text={failure} />
      {shell && <PlainButton onPress={() => void show()}>{text.showLicences}</PlainButton>}
      <ModalOverlay
        className="overlay"
        isOpen={licences !== null}
        isDismissable
        onOpenChange={(isOpen) => !isOpen && setLicences(null)}
      >
        <Modal className="modal modal-wide">
          <Dialog className="dialog">
            <Heading slot="title">{text.licences}</Heading>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content has to be reachable by keyboard */}
            <pre className="licences" tabIndex={0}>
              {licences}
            </pre>
            <div className="buttons buttons-end">
              <PlainButton takesFocus onPress={() => setLicences(null)}>
                {words.common.close}
              </PlainButton>
            </div>
          </Dialog>
        </Modal>
      </ModalOverlay>
    </div>
  );
}
