import { pluralForm } from '../../proxy/contract/index.ts';
import { formatCount } from './format.ts';

/** A number with its noun: `1 mail program`, `12 mail programs`. */
export function plural(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${pluralForm(count, { one, other: many })}`;
}
