import type { ReactNode } from 'react';
import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { words } from '../words.ts';
import { ActionButton, PlainButton } from './button.tsx';
import { Failure } from './notice.tsx';

interface ConfirmProps {
  open: boolean;
  title: string;
  text: string;
  /** Below the text. */
  children?: ReactNode;
  /** The label of the button that does it. */
  action: string;
  busy: boolean;
  failure: string | null;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. The button that changes nothing has the focus. */
export function Confirm({ open, title, text, children, action, busy, failure, onConfirm, onClose }: ConfirmProps) {
  return (
    <ModalOverlay className="overlay" isOpen={open} isDismissable onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Modal className="modal">
        <Dialog className="dialog" role="alertdialog">
          <Heading slot="title">{title}</Heading>
          <p>{text}</p>
          {children}
          <Failure text={failure} />
          <div className="buttons buttons-end">
            <ActionButton kind="danger" disabled={busy} onPress={onConfirm}>
              {busy ? words.common.working : action}
            </ActionButton>
            <PlainButton onPress={onClose} takesFocus>
              {words.common.cancel}
            </PlainButton>
          </div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
