import { type FilledCard, type FilledField, protocolFacts } from '../../proxy/contract/index.ts';
import { aligned } from './aligned.ts';

/**
 * A filled card as a person reads it in a terminal: numbered steps through the program, and under each what goes where.
 */
export function cardLines(card: FilledCard, account: string): string[] {
  const protocols = card.protocols.map((protocol) => protocolFacts[protocol].name).join(' and ');
  return [
    `${card.program}, for the account ${account} (${protocols})`,
    ...card.notes.flatMap((note) => ['', note]),
    ...card.missing.map((what) => `The account has nothing to ${what} with in this program; add a relay for it.`),
    ...card.fixedPorts.map(
      ({ relay, protocol, port, listens }) =>
        `It has no field for a port and always uses ${port} for ${protocolFacts[protocol].name}, but ${relay} listens on ${listens}: ` +
        `change its "listen" to ${port}.`,
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
    'Between the program and Postern there is no encryption, so the program must ask for none; Postern encrypts the rest.',
  ];
}

function valueText({ action, value }: FilledField): string {
  if (action === 'tick') return value === 'on' ? '[x] on' : '[ ] off';
  return action === 'choose' ? `choose: ${value}` : value;
}
