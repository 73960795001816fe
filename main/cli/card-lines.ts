import {
  type FilledCard,
  type FilledField,
  fingerprintText,
  type LocalCertificateRow,
  ownLegWords,
  plainLegWords,
  protocolFacts,
} from '../../proxy/contract/index.ts';
import { aligned } from './aligned.ts';

/**
 * A filled card as a person reads it in a terminal: numbered steps through the program, and under each what goes where.
 *
 * @param certificate what devices are shown, as far as it is known
 */
export function cardLines(card: FilledCard, account: string, certificate?: LocalCertificateRow): string[] {
  const protocols = card.protocols.map((protocol) => protocolFacts[protocol].name).join(' and ');
  return [
    `${card.program}, for the account ${account} (${protocols})`,
    ...card.notes.flatMap((note) => ['', note]),
    ...card.missing.map((what) => `The account has nothing to ${what} with in this program; add a relay for it.`),
    ...card.fixedPorts.map(
      ({ relay, protocol, port, listens }) =>
        `It has no field for a port and always uses ${port} for ${protocolFacts[protocol].name}, but ${relay} listens on ${listens}: ` +
        `change its "listen" to ${port}.${port < 1024 ? lowPort : ''}`,
    ),
    ...card.steps.flatMap((step, index) => [
      '',
      `${index + 1}. ${step.where.join(' > ')}`,
      ...(step.note === null ? [] : [`   ${step.note}`]),
      ...aligned(
        step.fields.map((field) => [field.label, valueText(field), field.note === null ? '' : `(${field.note})`]),
        5,
      ),
    ]),
    '',
    ...(card.ownLegs.length === 0
      ? [plainLegWords]
      : card.ownLegs.map(({ relay, localTls }) => `${relay}: ${ownLegWords[localTls]}`)),
    ...(certificate && card.ownLegs.some(({ localTls }) => localTls !== 'off' && localTls !== 'here')
      ? [`Postern's certificate for devices: SHA-256 ${fingerprintText(certificate.fingerprint)}`]
      : []),
  ];
}

/** As docs/service.md has it, system by system. */
const lowPort =
  ' Ports below 1024 take special rights on Linux; a systemd socket unit gives them (docs/service.md), and Windows asks for none.';

function valueText({ action, value }: FilledField): string {
  if (action === 'tick') return value === 'on' ? '[x] on' : '[ ] off';
  return action === 'choose' ? `choose: ${value}` : value;
}
