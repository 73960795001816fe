import { inert } from '../../proxy/contract/inert.ts';
import { derOfPem } from '../../proxy/contract/pem.ts';
import { useCommand, useRow } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { Fingerprint } from '../parts/certificate-picture.tsx';
import { PickableValues } from '../parts/facts.tsx';
import { Failure } from '../parts/notice.tsx';
import { formatDay } from '../words/format.ts';
import { words } from '../words.ts';

const text = words.devices;

/** The certificate that Postern shows to devices: what to compare, and files to import into them. */
export function LocalCertificate() {
  const row = useRow('core', 'core')?.localCertificate;
  const certificate = useCommand('localCertificate');
  if (!row) return null;
  const save = async (form: 'pem' | 'cer') => {
    const done = await certificate.run({});
    if (!done.ok) return;
    const { pem } = done.value;
    const content = form === 'pem' ? pem : new Blob([derOfPem(pem) as Uint8Array<ArrayBuffer>]);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }));
    link.download = `postern.${form}`;
    link.click();
    // The download holds on to what it needs from its first moment.
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return (
    <div className="card">
      <h3>{text.certificate}</h3>
      <p className="hint">{text.certificateHint}</p>
      <PickableValues
        values={[
          [text.fingerprint, <Fingerprint key="fingerprint" value={row.fingerprint} />],
          [text.names, row.names.map((each) => inert(each, 100)).join(', ')],
          [text.until, formatDay(row.notAfter)],
        ]}
      />
      <Failure text={certificate.failure} />
      <div className="buttons">
        <ActionButton onPress={() => void save('pem')}>{text.savePem}</ActionButton>
        <ActionButton onPress={() => void save('cer')}>{text.saveCer}</ActionButton>
      </div>
    </div>
  );
}
