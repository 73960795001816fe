import { Fragment } from 'react';
import type { Alarm, UpstreamProtection } from '../../proxy/contract/index.ts';
import { isStopped, liveSessions, placeOfAlarm, type RelayStanding } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { concernTables } from '../concerns.ts';
import { Ago, useDerived, useRow, useTimely } from '../live.tsx';
import { sessionsByRelay } from '../own-rows.ts';
import { BoundedPart } from '../parts/bounded.tsx';
import { Fingerprint } from '../parts/certificate-picture.tsx';
import { Explained } from '../parts/explained.tsx';
import { type Fact, Facts } from '../parts/facts.tsx';
import { Fold } from '../parts/fold.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Mark } from '../parts/mark.tsx';
import { standingName, standingOf, standingTone } from '../parts/relay-view.ts';
import { hashOf } from '../route.ts';
import {
  formatBytes,
  formatCount,
  formatDay,
  formatDistance,
  formatMoment,
  formatTlsVersion,
} from '../words/format.ts';
import { words } from '../words.ts';
import { RelayPath } from './relay-path.tsx';

const text = words.overview;

/** Where it is too long for a line, the name of a cipher suite breaks between its words and not within one. */
function Suite({ name }: { name: string }) {
  const [first, ...others] = inert(name, 60).split('_');
  return (
    <>
      {first}
      {others.map((word) => (
        <Fragment key={word}>
          _<wbr />
          {word}
        </Fragment>
      ))}
    </>
  );
}

/** The evidence of the last verified session; it survives restarts. */
function Evidence({ protection, stopped }: { protection: UpstreamProtection | null; stopped: boolean }) {
  if (!protection) return text.facts.noEvidence;
  const { verifiedAt, tlsVersion, cipher, certificate, trust } = protection;
  const details: Fact[] = [
    [
      text.facts.encryption,
      <Fragment key="encryption">
        {formatTlsVersion(tlsVersion)}, <Suite name={cipher} />
      </Fragment>,
    ],
    [text.facts.fingerprint, <Fingerprint key="fingerprint" value={certificate.fingerprint} />],
    [text.facts.until, formatDay(certificate.notAfter)],
  ];
  return (
    <>
      {(stopped ? text.facts.evidenceBefore : text.facts.evidence)[trust.kind](formatMoment(verifiedAt))}
      <Fold look="details" summary={text.facts.details}>
        <Facts facts={details} />
      </Fold>
    </>
  );
}

/** The certificate ends within days: time to act while all is well. */
function EndsSoon({ notAfter }: { notAfter: string }) {
  const distance = useTimely((now) => formatDistance(notAfter, now));
  return (
    <div className="trouble trouble-question">
      <p>{text.facts.expiring(formatDay(notAfter), distance)}</p>
    </div>
  );
}

function ToAlarm({ alarm }: { alarm: Alarm }) {
  return (
    <a className="link" href={hashOf(placeOfAlarm(alarm))}>
      {text.toAlarm}
    </a>
  );
}

/** What is wrong, in plain words, and what to do about it. */
function Trouble({ account, standing }: { account: string; standing: RelayStanding }) {
  if (standing.kind === 'alarm') {
    if (standing.diagnosis) return <Explained account={account} diagnosis={standing.diagnosis} />;
    return (
      <p className="trouble trouble-refused">
        <ToAlarm alarm={standing.alarm} />
      </p>
    );
  }
  if (standing.kind === 'question') {
    return (
      <p className="trouble trouble-question">
        <a className="link" href={hashOf({ page: 'certificates', item: standing.id })}>
          {text.toQuestion}
        </a>
      </p>
    );
  }
  if (standing.kind === 'doubted') {
    return (
      <p className="trouble trouble-question">
        {text.doubted} {standing.alarm.what === 'certificate' && <ToAlarm alarm={standing.alarm} />}
      </p>
    );
  }
  if (standing.kind === 'sign-in') {
    return (
      <p className="trouble trouble-question">
        {words.signIn.need(standing.reason)}{' '}
        <a className="link" href={hashOf({ page: 'accounts', item: account })}>
          {text.toSignIn}
        </a>
      </p>
    );
  }
  if (standing.kind !== 'refused' && standing.kind !== 'not-listening') return null;
  return (
    <Explained
      account={account}
      diagnosis={standing.kind === 'refused' ? standing.refusal.diagnosis : standing.failure.diagnosis}
    />
  );
}

/** One relay: its state, its path as a picture, its numbers. */
export function RelayCard({ name }: { name: string }) {
  return (
    <BoundedPart name={name} about={useRow('relays', name)}>
      <Card name={name} />
    </BoundedPart>
  );
}

function Card({ name }: { name: string }) {
  const relay = useRow('relays', name);
  const standing = useDerived([...concernTables, 'sessions', 'accounts', 'core'], (state) => standingOf(state, name));
  const live = useDerived(['sessions'], (state) => {
    const { count, bytesUp, bytesDown } = liveSessions(name, sessionsByRelay(state).get(name) ?? []);
    return { count, bytesUp, bytesDown };
  });
  if (!relay || !standing) return null;
  const facts: Fact[] = [
    [text.facts.open, formatCount(live.count)],
    [text.facts.received, formatBytes(relay.bytesDown + live.bytesDown)],
    [text.facts.sent, formatBytes(relay.bytesUp + live.bytesUp)],
    [text.facts.lastSuccess, relay.lastSuccess ? <Ago key="success" at={relay.lastSuccess} /> : words.common.never],
    [
      text.facts.lastRefusal,
      relay.lastRefusal ? (
        <span key="refusal" title={text.facts.refusals(relay.refusalsTotal)}>
          <Ago at={relay.lastRefusal.at} />: <Foreign text={relay.lastRefusal.diagnosis.title} max={100} />
        </span>
      ) : (
        words.common.notSinceStart
      ),
    ],
    [text.facts.encrypted, <Evidence key="evidence" protection={relay.lastVerified} stopped={isStopped(standing)} />],
  ];
  return (
    <article
      className={`card relay relay-${standingName(standing)}`}
      aria-label={`${words.common.protocol[relay.protocol]}, ${inert(relay.name, 100)}`}
    >
      <header className="relay-head">
        <h4>
          {words.common.protocol[relay.protocol]}
          <span className="relay-name">
            <Foreign text={relay.name} max={100} />
          </span>
        </h4>
        <Mark tone={standingTone(standing)} word={text.standing[standingName(standing)]} />
      </header>
      <RelayPath relay={relay} standing={standing} />
      <Trouble account={relay.account} standing={standing} />
      {relay.expiring && <EndsSoon notAfter={relay.expiring.notAfter} />}
      <Facts facts={facts} look="numbers" />
    </article>
  );
}
