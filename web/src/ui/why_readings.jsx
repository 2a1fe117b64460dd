/* why_readings.jsx: the readings at the bottom of every number, with their quality and arrival; who
 * keeps the meters may correct one, with a reason, and sees what it changed above. */
import { Fragment, useState } from 'react';
import { ask, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { unitText } from './number.jsx';
import { editText, parseNumber } from './parse.js';
import { qualityText } from './quality.jsx';
import { ErrorBox } from './state.jsx';

const SHOWN = 24;
const CORE = '/api/v1/core';

function EditForm({ reading, series, onDone, onCancel }) {
  const { t, lang } = useWords();
  const [number, setNumber] = useState(editText(reading.value, lang));
  const [reason, setReason] = useState('');
  const [isRenewing, setRenewing] = useState(true);
  const [state, setState] = useState({});
  const submit = async (event) => {
    event.preventDefault();
    const value = parseNumber(number, lang);
    if (value === null) { setState({ wrong: t('form.notNumber') }); return; }
    setState({ isBusy: true });
    try {
      await ask('POST', `${CORE}/do/vee_edit`, { series: series.id, time_from: reading.time,
        value: Number(value), reason });
      if (isRenewing) await ask('POST', `${CORE}/do/vee_renew`, {});
      onDone();
    } catch (problem) {
      setState({ problem });
    }
  };
  return (
    <form onSubmit={submit}>
      <label className="field">
        <span>{t('why.newValue')} ({unitText(series.unit)})</span>
        <input required inputMode="decimal" autoFocus value={number}
          onChange={(event) => setNumber(event.target.value)} />
      </label>
      <label className="field"><span>{t('vee.reason')}</span>
        <input required value={reason} onChange={(event) => setReason(event.target.value)} />
      </label>
      <label className="check">
        <input type="checkbox" checked={isRenewing}
          onChange={(event) => setRenewing(event.target.checked)} />
        <span>{t('why.renew')}</span>
      </label>
      {state.wrong && <p role="alert">{state.wrong}</p>}
      {state.problem && <ErrorBox problem={state.problem} />}
      <div className="actions">
        <button type="submit" className="primary" disabled={state.isBusy}>{t('why.correct')}</button>
        <button type="button" onClick={onCancel}>{t('form.cancel')}</button>
      </div>
    </form>
  );
}

function Reading({ reading, unit, zone, onEdit }) {
  const words = useWords();
  const { t, exact, time } = words;
  return (
    <tr className={reading.in_force === false ? 'gone' : undefined}>
      <td>{time(reading.time, zone)}</td>
      <td className="num">{exact(reading.value)} {unitText(reading.unit ?? unit)}</td>
      <td>{qualityText(reading, words) || t('why.good')}
        <span className="soft block">{t('reading.arrival')} {time(reading.arrival, zone)}</span></td>
      {onEdit && (
        <td className="narrow">
          {reading.in_force !== false && (
            <button type="button" onClick={onEdit}
              aria-label={`${t('why.edit')} ${time(reading.time, zone)}`}>{t('why.edit')}</button>
          )}
        </td>
      )}
    </tr>
  );
}

export function Readings({ why, onCorrected }) {
  const { t } = useWords();
  const me = useGet('/api/v1/me');
  const [isAll, setAll] = useState(false);
  const [edited, setEdited] = useState(null);
  const { readings, series } = why;
  const mayEdit = Boolean(series)
    && me.data?.roles?.some((role) => role === 'operator' || role === 'admin');
  const shown = isAll ? readings : readings.slice(0, SHOWN);
  const unit = series?.unit ?? why.unit;
  const columns = mayEdit ? 4 : 3;
  return (
    <section>
      <h3>{t('why.readings')}</h3>
      <div className="scroll" tabIndex={0} role="region" aria-label={t('why.readings')}>
        <table className="why-readings">
          <thead>
            <tr>
              <th>{t('reading.time')}</th><th className="num">{t('reading.value')}</th>
              <th>{t('reading.quality')}</th>
              {mayEdit && <th><span className="hidden">{t('why.edit')}</span></th>}
            </tr>
          </thead>
          <tbody>
            {shown.map((reading) => {
              const key = `${reading.time} ${reading.seq}`;
              return (
                <Fragment key={key}>
                  <Reading reading={reading} unit={unit} zone={series?.zone}
                    onEdit={mayEdit ? () => setEdited(key) : null} />
                  {edited === key && (
                    <tr className="why-edit"><td colSpan={columns}>
                      <EditForm reading={reading} series={series} onCancel={() => setEdited(null)}
                        onDone={() => { setEdited(null); onCorrected(); }} />
                    </td></tr>
                  )}
                </Fragment>
              );
            })}
          </tbody>
        </table>
      </div>
      {shown.length < readings.length && (
        <button type="button" className="quiet" onClick={() => setAll(true)}>
          {t('why.all', { n: readings.length })}
        </button>
      )}
      {why.has_more_readings && <p className="soft">{t('why.cut')}</p>}
    </section>
  );
}
