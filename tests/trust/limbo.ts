import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The parts of an x509-limbo case that are used here. */
export interface LimboCase {
  id: string;
  validation_kind: 'SERVER' | 'CLIENT';
  /** PEM, like all certificates, keys and lists of revoked certificates here. */
  trusted_certs: string[];
  untrusted_intermediates: string[];
  peer_certificate: string;
  peer_certificate_key: string | null;
  /** ISO 8601; null for now. */
  validation_time: string | null;
  expected_result: 'SUCCESS' | 'FAILURE';
  expected_peer_name: { kind: 'DNS' | 'IP' | 'RFC822'; value: string } | null;
  max_chain_depth: number | null;
  crls: string[];
}

const file = new URL('./data/x509-limbo.json.gz', import.meta.url);

/** Every case of the collection in tests/trust/data/. */
export function limboCases(): LimboCase[] {
  return (JSON.parse(gunzipSync(readFileSync(file)).toString()) as { testcases: LimboCase[] }).testcases;
}

/** Deviations of one kind, by the id of the case. */
export function because(reason: string, ...ids: string[]): Record<string, string> {
  return Object.fromEntries(ids.map((id) => [id, reason]));
}
