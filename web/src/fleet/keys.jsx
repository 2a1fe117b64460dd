/* keys.jsx: the keys of a device: made, shown once with a QR code, revoked. A key that was shown is
 * kept nowhere; who leaves the page without it makes another. */
import { useEffect, useState } from 'react';
import { ask } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Badge } from '../ui/badge.jsx';
import { AskError, useAsk } from './device.jsx';

/* The picture comes from the server: nothing is computed here. */
function Qr({ device, secret }) {
  const { t } = useWords();
  const [picture, setPicture] = useState('');
  useEffect(() => {
    let isCurrent = true;
    const body = { url: window.location.origin, device: device.code, key: secret };
    fetchPicture(body).then((text) => isCurrent && setPicture(text), () => {});
    return () => { isCurrent = false; };
  }, [secret]);
  if (!picture) return null;
  return (
    <img className="fleet-qr" alt={t('fleet.qr')}
      src={`data:image/svg+xml;utf8,${encodeURIComponent(picture)}`} />
  );
}

async function fetchPicture(body) {
  const { data } = await ask('POST', '/api/v1/devices/qr?format=json', body);
  return data.svg;
}

export function Secret({ device, secret }) {
  const { t } = useWords();
  return (
    <div className="notice">
      <p><strong>{t('fleet.keyOnce')}</strong></p>
      <pre className="fleet-secret">{secret}</pre>
      <Qr device={device} secret={secret} />
    </div>
  );
}

function Row({ device, secret, reload }) {
  const { t, time } = useWords();
  const revoke = useAsk();
  const onRevoke = async () => {
    if (!window.confirm(t('fleet.revokeSure'))) return;
    await revoke.run('POST', `/api/v1/devices/${device.id}/keys/${secret.id}/revoke`, {});
    reload();
  };
  return (
    <tr>
      <th scope="row">{secret.label || t('fleet.key', { n: secret.id })}</th>
      <td>{time(secret.made)} · {secret.made_by}</td>
      <td>{secret.used ? time(secret.used) : '–'}</td>
      <td>
        {secret.revoked ? <Badge>{t('fleet.revoked')}</Badge> : (
          <button type="button" disabled={revoke.isBusy} onClick={onRevoke}>{t('fleet.revoke')}</button>
        )}
        <AskError of={revoke} />
      </td>
    </tr>
  );
}

export function Keys({ device, reload }) {
  const { t } = useWords();
  const [label, setLabel] = useState('');
  const [made, setMade] = useState('');
  const make = useAsk();
  const submit = async (event) => {
    event.preventDefault();
    const data = await make.run('POST', `/api/v1/devices/${device.id}/keys`, { label });
    if (data) {
      setMade(data.key);
      setLabel('');
      reload();
    }
  };
  return (
    <section className="panel">
      <h2>{t('fleet.keys')}</h2>
      <p className="soft">{t('fleet.keysHow')}</p>
      {made && <Secret device={device} secret={made} />}
      {device.keys.length > 0 && (
        <div className="scroll" tabIndex={0} role="region" aria-label={t('fleet.keys')}>
          <table>
            <thead>
              <tr>
                <th>{t('fleet.keyLabel')}</th><th>{t('fleet.keyMade')}</th>
                <th>{t('fleet.keyUsed')}</th><th>{t('fleet.keyState')}</th>
              </tr>
            </thead>
            <tbody>
              {device.keys.map((one) => (
                <Row key={one.id} device={device} secret={one} reload={reload} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <form className="fleet-line" onSubmit={submit}>
        <label>
          <span>{t('fleet.keyLabel')}</span>
          <input value={label} maxLength={60} onChange={(event) => setLabel(event.target.value)} />
        </label>
        <button type="submit" className="primary" disabled={make.isBusy}>{t('fleet.makeKey')}</button>
      </form>
      <AskError of={make} />
    </section>
  );
}
