import { useState } from 'react';
import type { DeviceRow } from '../../proxy/contract/index.ts';
import { inert } from '../../proxy/contract/inert.ts';
import { Icon } from '../icons.tsx';
import { useCommand, useRow, useRows } from '../live.tsx';
import { ActionButton } from '../parts/button.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Foreign } from '../parts/foreign.tsx';
import { LongList } from '../parts/long-list.tsx';
import { Mark } from '../parts/mark.tsx';
import { useNarrow } from '../parts/narrow.ts';
import { formatMoment } from '../words/format.ts';
import { words } from '../words.ts';

const text = words.devices;

/** The devices of one relay: that their leg is open, who has been here, and a way to let one in. */
function RelayDevices({ relay }: { relay: string }) {
  const devices = useRow('relays', relay)?.devices ?? [];
  const [asked, setAsked] = useState<DeviceRow | null>(null);
  const allow = useCommand('allowDevice');
  const narrow = useNarrow();
  return (
    <div className="card">
      <p className="hint">
        <Icon name="unlocked" size={16} /> {text.open(inert(relay, 100))}
      </p>
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
              <span className="hint">{text.seen(formatMoment(device.lastSeen), device.messages, device.refusals)}</span>
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
      {relays.map(({ name }) => (
        <RelayDevices key={name} relay={name} />
      ))}
    </>
  );
}
