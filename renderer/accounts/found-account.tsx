import { useState } from 'react';
import {
  type Configuration,
  type Diagnosis,
  type DiscoveryReport,
  diagnose,
  type FoundServer,
  isMail,
  protocolFacts,
} from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { type Reading, readings, serversFor } from '../found-draft.ts';
import { useCommand } from '../live.tsx';
import { ActionButton, PlainButton } from '../parts/button.tsx';
import { Explained } from '../parts/explained.tsx';
import { type PickableValue, PickableValues } from '../parts/facts.tsx';
import { Choice, TextEntry } from '../parts/field.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { Failure, Notice } from '../parts/notice.tsx';
import { formatDay, formatTlsVersion } from '../words/format.ts';
import { words } from '../words.ts';
import { ForeignServers } from './foreign-servers.tsx';
import { FoundApart } from './found-apart.tsx';

const text = words.findServers;

/** As the configuration has it. */
const maxNameLength = 100;

function ServerFacts({ server }: { server: FoundServer }) {
  const { certificate, tlsVersion } = server.protection;
  const facts: PickableValue[] = [
    [text.server, inert(server.server, 253)],
    [text.port, String(server.port)],
    [text.encryption, text.mode[server.tls]],
    [text.certificate, text.certificateUntil(formatDay(certificate.notAfter), formatTlsVersion(tlsVersion))],
    [text.source, text.sourceName[server.source], inert(server.evidence, 400)],
  ];
  return (
    <section className="values-block">
      <h3>
        {text.kind[protocolFacts[server.protocol].purpose]}{' '}
        <span className="hint">{protocolFacts[server.protocol].name}</span>
      </h3>
      <PickableValues values={facts} />
    </section>
  );
}

/** What to know besides the servers: the provider's own rules, what was seen, and what could not be used. */
function Remarks({ report }: { report: DiscoveryReport }) {
  const { provider, remarks, rejected, outcome, offline } = report;
  return (
    <>
      {provider && provider.note !== '' && (
        <Notice kind="warn">
          <p>
            <b>
              <Foreign text={provider.name} max={100} />
            </b>
            {': '}
            <Foreign text={provider.note} max={600} />
          </p>
          <p>
            {text.providerPage} <span className="pickable">{inert(provider.documentation, 300)}</span>
          </p>
        </Notice>
      )}
      {remarks.map((remark) => (
        <p key={remark}>
          <Foreign text={remark} max={600} />
        </p>
      ))}
      {outcome !== 'found' && !offline && rejected.length > 0 && (
        <section className="values-block">
          <h3>{text.rejected}</h3>
          <ul className="rejected">
            {rejected.map(({ protocol, server, port, message }) => (
              <li key={`${protocol} ${server} ${port}`}>
                <b>{text.rejectedAt(port, protocolFacts[protocol].name)}</b> <Foreign text={message} max={600} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

/** What a search came to that found no whole account. */
export function nothingKind({ outcome, servers, rejected, offline }: DiscoveryReport) {
  if (offline) return 'offline';
  if (outcome === 'partly' && !servers.some(isMail)) return 'noMail';
  if (outcome === 'impossible' || outcome === 'partly') return outcome;
  return rejected.length > 0 ? 'unusable' : 'nothing';
}

interface FoundAccountProps {
  report: DiscoveryReport;
  taken: readonly string[];
  onAdded: (configuration: Configuration, name: string) => void;
  onByHand: (reading: Reading) => void;
  /** A server becomes an account of its own. */
  onApart: (server: FoundServer) => void;
  /** Looks again, for this way of reading mail. */
  onSearch: (reading: Reading) => void;
}

/** What is known before anything is tried: no password will be accepted. */
function oauthNeeded({ provider }: DiscoveryReport, [first]: readonly FoundServer[]): Diagnosis {
  const finding = { code: 'oauth-needed', facts: provider ? { provider: provider.name } : {} } as const;
  return diagnose(finding, first && { server: first.server, port: first.port, protocol: first.protocol });
}

/** The result of a search, and the account that can be made from it. */
export function FoundAccount({ report, taken, onAdded, onByHand, onApart, onSearch }: FoundAccountProps) {
  const ways = readings(report);
  const [reading, setReading] = useState<Reading>(ways[0] ?? 'imap');
  const [name, setName] = useState(report.address.slice(0, maxNameLength));
  const [confirmed, setConfirmed] = useState<ReadonlySet<string>>(new Set());
  const add = useCommand('addAccount');
  const read = useCommand('configuration');
  const { outcome, address } = report;
  const servers = serversFor(report, reading);
  const foreign = [...new Set(servers.filter(({ confirm }) => confirm).map(({ server }) => server))];
  /** Where an app password is made for each program, either can send it: the person chooses. */
  const offersBoth = report.provider?.signIn === 'app-password';
  const [keeper, setKeeper] = useState<'pass-through' | 'stored'>('pass-through');
  const hopeless = servers.some(({ signIn }) => signIn === 'oauth-only');
  const fault = name.trim() === '' ? text.nameMissing : taken.includes(name.trim()) ? text.nameTaken : undefined;

  const save = async () => {
    const places = servers.map(({ protocol, server, port, tls }) => ({ protocol, server, port, tls }));
    const kept = offersBoth && keeper === 'stored';
    const signIn = kept ? { signIn: { kind: 'stored', user: report.user } as const } : {};
    const added = await add.run({ name: name.trim(), servers: places, ...signIn });
    if (!added.ok) return;
    const now = await read.run({});
    if (now.ok) onAdded(now.value, added.value.account.name);
  };

  if (outcome !== 'found') {
    const kind = nothingKind(report);
    return (
      <section className="card found-account">
        <h2>{text[kind]}</h2>
        {kind !== 'impossible' && <p>{text[`${kind}Text`]}</p>}
        {report.servers.map((server) => (
          <ServerFacts key={server.protocol} server={server} />
        ))}
        <Remarks report={report} />
        <FoundApart report={report} onApart={onApart} />
        {kind !== 'impossible' && (
          <div className="buttons">
            <PlainButton kind={kind === 'offline' ? 'plain' : 'main'} onPress={() => onByHand(reading)}>
              {text.byHand}
            </PlainButton>
          </div>
        )}
      </section>
    );
  }
  return (
    <section className="card found-account">
      <h2>{text.found}</h2>
      {hopeless && <Explained diagnosis={oauthNeeded(report, servers)} />}
      {ways.length > 1 && (
        <Choice<Reading>
          label={text.reading}
          value={reading}
          options={ways.map((value) => ({ value, ...text.readingModes[value] }))}
          onChange={setReading}
        />
      )}
      {!ways.includes('pop3') && (
        <div className="buttons">
          <PlainButton kind="quiet" icon="search" onPress={() => onSearch('pop3')}>
            {text.searchPop3}
          </PlainButton>
        </div>
      )}
      <div className="values-blocks">
        {servers.map((server) => (
          <ServerFacts key={server.protocol} server={server} />
        ))}
      </div>
      <p>
        <Foreign text={text.user(inert(report.user, 200))} max={300} />
      </p>
      <Remarks report={report} />
      <FoundApart report={report} onApart={onApart} />
      <ForeignServers
        servers={foreign}
        address={address}
        heading={text.confirmHeading}
        affirmation={text.confirm}
        confirmed={confirmed}
        onChange={setConfirmed}
      />
      {offersBoth && (
        <Choice<'pass-through' | 'stored'>
          label={text.keeper}
          value={keeper}
          options={(['pass-through', 'stored'] as const).map((value) => ({ value, ...text.keepers[value] }))}
          onChange={setKeeper}
        />
      )}
      <TextEntry label={text.name} value={name} onChange={setName} fault={fault} />
      <Failure text={add.failure ?? read.failure} />
      <div className="buttons">
        {hopeless && (
          <PlainButton kind="main" onPress={() => onByHand(reading)}>
            {text.byConsent}
          </PlainButton>
        )}
        <ActionButton
          kind={hopeless ? 'quiet' : 'main'}
          disabled={add.busy || read.busy || fault !== undefined || foreign.some((server) => !confirmed.has(server))}
          onPress={() => void save()}
        >
          {add.busy ? words.common.working : hopeless ? text.addAnyway : text.add}
        </ActionButton>
        {!hopeless && <PlainButton onPress={() => onByHand(reading)}>{text.change}</PlainButton>}
      </div>
    </section>
  );
}
