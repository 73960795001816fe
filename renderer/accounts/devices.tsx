import { useState } from 'react';
import type { DeviceRow, RelayRow } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { localLeg } from '../../proxy/contract/local-leg.ts';
import { Icon } from '../icons.tsx';
import { useCommand, useRows } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { LongList } from '../parts/long-list.tsx';
import { Mark } from '../parts/mark.tsx';
import { useNarrow } from '../parts/narrow.ts';
import { formatMoment, formatTlsVersion } from '../words/format.ts';
import { words } from '../words.ts';
import { LocalCertificate } from './local-certificate.tsx';

const text = words.devices;

/** What protects the leg between the devices of a relay and this computer, and what to do where nothing does. */
function OwnLeg({ row }: { row: RelayRow }) {
  const leg = localLeg(row);
  const { oldTls, localTls, takesPasswords, name } = row;
  const bare = leg === 'open' && takesPasswords;
  return (
    <>
      <p className="hint">
        <Icon name={leg === 'closed' || leg === 'asked-for' ? 'lock' : 'unlocked'} size={16} />{' '}
        {text.leg[leg](inert(name, 100))}
      </p>
      {bare && <p className="hint">{localTls === 'off' ? text.password.off : text.password.offer}</p>}
      {oldTls && <p className="hint">{oldTls === 'taken' ? text.oldTaken : text.oldUnavailable}</p>}
    </>
  );
}

/** Whether a device last used TLS, and which version. */
function DeviceLeg({ tls }: { tls: string | null | undefined }) {
  if (tls === undefined) return null;
  return (
    <span className="device-leg">
      <Icon name={tls === null ? 'unlocked' : 'lock'} size={14} /> {tls === null ? text.noTls : formatTlsVersion(tls)}
    </span>
  );
}

/** The devices of one relay: what protects their connections, which have connected, and a way to admit one. */
function RelayDevices({ row }: { row: RelayRow }) {
  const { name: relay, devices = [] } = row;
  const [asked, setAsked] = useState<DeviceRow | null>(null);
  const allow = useCommand('allowDevice');
  const narrow = useNarrow();
  return (
    <div className="card">
      <OwnLeg row={row} />
      {devices.length === 0 && <p className="empty">{text.none}</p>}
      <LongList
        label={text.listLabel(inert(relay, 100))}
        rows={[...devices].reverse()}
        keyOf={({ address }) => address}
        rowHeight={narrow ? 104 : 60}
      >
        {(device) => (
          <div className="remembered">
            <span className="remembered-what">
              <Foreign text={device.address} max={60} />
              <span className="hint">
                {text.seen(formatMoment(device.lastSeen), device.messages, device.refusals)}{' '}
                <DeviceLeg tls={device.tls} />
              </span>
            </span>
            <Mark tone={device.listed ? 'quiet' : 'refused'} word={device.listed ? text.allowed : text.turnedAway} />
            {!device.listed && (
              <ActionButton
                kind="quiet"
                label={text.allowName(inert(device.address, 60))}
                onPress={() => setAsked(device)}
              >
                {text.allow}
              </ActionButton>
            )}
          </div>
        )}
      </LongList>
      <Confirm
        open={asked !== null}
        title={text.confirm(inert(asked?.address ?? '', 60))}
        text={text.confirmText}
        action={text.allow}
        busy={allow.busy}
        failure={allow.failure}
        onClose={() => setAsked(null)}
        onConfirm={() => {
          if (asked) void allow.run({ relay, address: asked.address }).then(({ ok }) => ok && setAsked(null));
        }}
      />
    </div>
  );
}

/** The devices of an account's relays; nothing for an account without any for devices. */
export function Devices({ account }: { account: string }) {
  const relays = useRows('relays').filter((row) => row.account === account && row.devices !== undefined);
  if (relays.length === 0) return null;
  return (
    <>
      <h2 className="section-title">{text.heading}</h2>
      {relays.map((row) => (
        <RelayDevices key={row.name} row={row} />
      ))}
      {relays.some(({ localTls }) => localTls !== 'off') && <LocalCertificate />}
    </>
  );
}
