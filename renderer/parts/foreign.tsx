import { inert } from '../../proxy/contract/inert.ts';

/** Text written by others: shown as it is, truncated, and isolated so that its direction affects nothing else. */
export function Foreign({ text, max }: { text: string; max?: number }) {
  return <bdi className="foreign">{inert(text, max)}</bdi>;
}
