import { Fragment, type ReactNode } from 'react';
import type { CertificateSummary } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { Icon } from '../icons.tsx';
import { fingerprintBeginning, formatDay, formatMoment } from '../words/format.ts';
import { words } from '../words.ts';
import { Fingerprint, TimeBar } from './certificate-picture.tsx';
import { type Fact, Facts } from './facts.tsx';
import { Foreign } from './foreign.tsx';

const text = words.certificates.certificate;

/** How many names are shown before the rest are counted. */
const namesShown = 12;

function Names({ certificate }: { certificate: CertificateSummary }) {
  const { names, namesOmitted } = certificate;
  if (names.length === 0) return text.noNames;
  const rest = namesOmitted + Math.max(0, names.length - namesShown);
  return (
    <ul className="names">
      {names.slice(0, namesShown).map((name, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a name can appear twice
        <li key={index}>
          <Foreign text={name} max={120} />
        </li>
      ))}
      {rest > 0 && <li>{text.namesOmitted(rest)}</li>}
    </ul>
  );
}

function Issuer({ certificate }: { certificate: CertificateSummary }) {
  return certificate.issuer === certificate.subject ? text.itself : <Foreign text={certificate.issuer} />;
}

/** Where it is too long for a line, it breaks after eight digits. */
function SerialNumber({ value }: { value: string }) {
  const groups = inert(value, 80).match(/.{1,8}/gu) ?? [];
  return (
    <bdi className="foreign">
      {groups.map((group, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: digits repeat, and keep their order
        <Fragment key={index}>
          {group}
          <wbr />
        </Fragment>
      ))}
    </bdi>
  );
}

/** Everything about one certificate. @param calm whether its validity may be shown in reassuring colours */
export function CertificateFacts({ certificate, calm = true }: { certificate: CertificateSummary; calm?: boolean }) {
  const facts: Fact[] = [
    [text.subject, <Foreign key="subject" text={certificate.subject} />],
    [text.names, <Names key="names" certificate={certificate} />],
    [text.issuer, <Issuer key="issuer" certificate={certificate} />],
    [text.validity, <TimeBar key="validity" certificate={certificate} calm={calm} />],
    [text.fingerprint, <Fingerprint key="fingerprint" value={certificate.fingerprint} />],
    [text.key, <Foreign key="key" text={certificate.key} max={80} />],
    [text.signature, <Foreign key="signature" text={certificate.signature} max={80} />],
    [text.serial, <SerialNumber key="serial" value={certificate.serialNumber} />],
  ];
  return <Facts facts={facts} />;
}

/** The kind of key, and enough of its own fingerprint to tell two of the same kind apart. */
function Key({ certificate }: { certificate: CertificateSummary }) {
  return (
    <>
      <Foreign text={certificate.key} max={80} />
      <span className="hint key-beginning">{fingerprintBeginning(certificate.publicKeyFingerprint)}</span>
    </>
  );
}

interface Aspect {
  name: string;
  of: (certificate: CertificateSummary) => string;
  /** Where the other certificate would be shown alike, though it differs, it takes more words. */
  show?: (certificate: CertificateSummary, other: CertificateSummary) => ReactNode;
}

/** A day; with the time where the other moment is on the same day. */
function dayBeside(moment: string, other: string): string {
  const day = formatDay(moment);
  return moment !== other && day === formatDay(other) ? formatMoment(moment) : day;
}

const aspects: Aspect[] = [
  { name: text.subject, of: (each) => each.subject },
  { name: text.names, of: (each) => each.names.join(), show: (each) => <Names certificate={each} /> },
  { name: text.issuer, of: (each) => each.issuer, show: (each) => <Issuer certificate={each} /> },
  { name: text.from, of: (each) => each.notBefore, show: (each, other) => dayBeside(each.notBefore, other.notBefore) },
  { name: text.until, of: (each) => each.notAfter, show: (each, other) => dayBeside(each.notAfter, other.notAfter) },
  {
    name: text.key,
    of: (each) => `${each.key} ${each.publicKeyFingerprint}`,
    show: (each) => <Key certificate={each} />,
  },
  { name: text.fingerprint, of: (each) => each.fingerprint, show: (each) => <Fingerprint value={each.fingerprint} /> },
];

/** The previous certificate and the current one side by side, with differences marked by shape and word. */
export function CertificateComparison({
  before,
  now,
  beforeTitle,
  nowTitle,
}: {
  before: CertificateSummary;
  now: CertificateSummary;
  beforeTitle: string;
  nowTitle: string;
}) {
  return (
    <table className="comparison">
      <caption className="unseen">{text.compare}</caption>
      <thead>
        <tr>
          <th scope="col">{text.aspect}</th>
          <th scope="col">{beforeTitle}</th>
          <th scope="col">{nowTitle}</th>
        </tr>
      </thead>
      <tbody>
        {aspects.map(({ name, of, show = (each) => <Foreign text={of(each)} /> }) => {
          const same = of(before) === of(now);
          return (
            <tr key={name} className={same ? 'same' : 'different'}>
              <th scope="row">
                {name}
                <span className="sameness">
                  <Icon name={same ? 'same' : 'different'} size={14} />
                  {same ? text.same : text.different}
                </span>
              </th>
              <td data-column={beforeTitle}>{show(before, now)}</td>
              <td data-column={nowTitle}>{show(now, before)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
