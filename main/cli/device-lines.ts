import { counted, inert, type RelayRow } from '../../proxy/contract/index.ts';
import { localDate } from './event-line.ts';
import { operands } from './shell-word.ts';

/**
 * The devices of a relay on the local network, as a person reads them; no lines for a relay that serves none.
 *
 * @param options what suggested commands need: `commandOptions`
 */
export function deviceLines({ name, devices }: Pick<RelayRow, 'name' | 'devices'>, options: string): string[] {
  if (!devices) return [];
  return [
    `  ${inert(name, 100)}: NOT encrypted between a device and this computer.${devices.length === 0 ? ' None has been here yet.' : ''}`,
    ...[...devices].reverse().map((device) => {
      const seen = `${device.address}, last seen ${localDate(device.lastSeen)}`;
      if (!device.listed) {
        return `    ${seen}: NOT ALLOWED. If it is yours: postern devices allow${operands([name, device.address], options)}`;
      }
      return `    ${seen}: ${counted(device.messages, messages)} sent, ${counted(device.refusals, refusals)}`;
    }),
  ];
}

const messages = { one: 'message', other: 'messages' };
const refusals = { one: 'refusal', other: 'refusals' };
