import { inert } from '../../proxy/contract/inert.ts';

/** A text that others wrote: shown as it is, cut to a length, and set apart so that its direction moves nothing else. */
export function Foreign({ text, max }: { text: string; max?: number }) {
  return <bdi className="foreign">{inert(text, max)}</bdi>;
}
