/* replace.jsx: another meter in the place of this one: its code, and for each register what the old
 * one showed last and the new one first. */
import { useState } from 'react';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { unitText } from '../ui/number.jsx';
import { parseNumber } from '../ui/parse.js';
import { AskError, useAsk } from './device.jsx';
import { Secret } from './keys.jsx';

function Register({ series, value, onChange }) {
  const { t } = useWords();
  const put = (name) => (event) => onChange({ ...value, [name]: event.target.value });
  return (
    <fieldset className="part">
      <legend>{series.name} ({unitText(series.unit)})</legend>
      <div className="part-row">
        <label className="field">
          <span>{t('fleet.final')}</span>
          <input inputMode="decimal" value={value.final ?? ''} onChange={put('final')} />
        </label>
        <label className="field">
          <span>{t('fleet.first')}</span>
          <input inputMode="decimal" required value={value.first ?? ''} onChange={put('first')} />
        </label>
      </div>
    </fieldset>
  );
}

function Done({ code, made }) {
  const { t } = useWords();
  return (
    <>
      <p role="status">
        {t('fleet.replaced')}{' '}
        <Link to={hrefOf(['devices', String(made.id)])}>{code}</Link>
      </p>
      <Secret device={{ code }} secret={made.key} />
    </>
  );
}

export function Replace({ device }) {
  const { t, lang } = useWords();
  const [isOpen, setOpen] = useState(false);
  const [code, setCode] = useState('');
  const [serial, setSerial] = useState('');
  const [displays, setDisplays] = useState({});
  const replace = useAsk();
  const registers = device.series.filter(({ kind }) => kind === 'register');
  const submit = (event) => {
    event.preventDefault();
    const number = (text) => {
      const plain = text ? parseNumber(text, lang) : null;
      return plain === null ? null : Number(plain);
    };
    replace.run('POST', `/api/v1/devices/${device.id}/replace`, {
      code, serial, new_key: true,
      registers: registers.map((series) => ({
        series: series.code,
        final: number(displays[series.code]?.final),
        first: number(displays[series.code]?.first),
      })),
    });
  };
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('fleet.replace')}</h2>
        <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {t(isOpen ? 'form.cancel' : 'fleet.replaceOpen')}
        </button>
      </div>
      <p className="soft">{t('fleet.replaceHow')}</p>
      {replace.data && <Done code={code} made={replace.data} />}
      {isOpen && !replace.data && (
        <form className="fleet-form" onSubmit={submit}>
          <label className="field">
            <span>{t('fleet.newCode')}</span>
            <input required value={code} onChange={(event) => setCode(event.target.value)} />
          </label>
          <label className="field">
            <span>{t('fleet.sign.serial')}</span>
            <input value={serial} onChange={(event) => setSerial(event.target.value)} />
          </label>
          {registers.map((series) => (
            <Register key={series.id} series={series} value={displays[series.code] ?? {}}
              onChange={(value) => setDisplays({ ...displays, [series.code]: value })} />
          ))}
          <AskError of={replace} />
          <div className="actions">
            <button type="submit" className="primary" disabled={replace.isBusy}>
              {t('fleet.replaceDo')}
            </button>
          </div>
        </form>
      )}
    </section>
  );
}
