/* read_meter.jsx: the number that a meter shows, typed in or photographed. What the program thinks of
 * it stands below while one types; it is kept and sent when the network is back. */
import { useEffect, useState } from 'react';
import { get, url } from '../api.js';
import { useWords } from '../i18n/index.js';
import { addToOutbox, useOutbox } from '../report/outbox.js';
import { PhotoInput } from '../report/photo.jsx';
import { useView } from '../route.jsx';
import { nowMs } from '../ui/dates.js';
import { useCalm } from '../ui/hooks.js';
import { unitText } from '../ui/number.jsx';
import { parseNumber } from '../ui/parse.js';
import { SendState } from '../report/send_state.jsx';

const CALM_MS = 400;

/* What the program says of a number; null while nothing is typed, or without a network. */
function useOpinion(series, value) {
  const calm = useCalm(value, CALM_MS);
  const [opinion, setOpinion] = useState(null);
  useEffect(() => {
    let isCurrent = true;
    setOpinion(null);
    if (calm !== null) {
      get(url('/api/v1/core/do/reading_check', { series: series.id, value: calm }))
        .then((said) => isCurrent && setOpinion(said), () => {});
    }
    return () => { isCurrent = false; };
  }, [series.id, calm]);
  return opinion;
}

function Opinion({ opinion }) {
  const { pick } = useWords();
  if (!opinion) return <p className="soft" role="status" />;
  return (
    <p className={opinion.verdict === 'good' ? 'opinion' : 'opinion opinion-odd'} role="status">
      <span aria-hidden="true">{opinion.verdict === 'good' ? '✓ ' : '! '}</span>
      {pick(opinion, 'sentence')}
    </p>
  );
}

export function ReadMeter({ meters }) {
  const words = useWords();
  const { t, lang } = words;
  const who = useView().query.as ?? '';
  const [id, setId] = useState(meters[0].id);
  const [text, setText] = useState('');
  const [photos, setPhotos] = useState([]);
  const [error, setError] = useState('');
  const series = meters.find((one) => one.id === id) ?? meters[0];
  const value = parseNumber(text, lang);
  const opinion = useOpinion(series, value);
  const sent = useOutbox(who).filter((item) => item.kind === 'reading');
  const submit = async (event) => {
    event.preventDefault();
    if (value === null) { setError(t('read.number')); return; }
    setError('');
    await addToOutbox({ who, kind: 'reading', title: `${series.name}: ${text} ${unitText(series.unit)}`,
      reading: { series: series.code, time: new Date(nowMs()).toISOString(), value: Number(value), quality: ['manual'] },
      photos });
    setText('');
    setPhotos([]);
  };
  return (
    <form className="card read-meter" onSubmit={submit} noValidate>
      <h2>{t('read.title')}</h2>
      <label className="field">
        <span>{t('read.meter')}</span>
        <select value={id} onChange={(event) => setId(Number(event.target.value))}>
          {meters.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
        </select>
      </label>
      <label className="field">
        <span>{t('read.value', { unit: unitText(series.unit) })}</span>
        <input className="read-number" inputMode="decimal" autoComplete="off" value={text}
          aria-invalid={Boolean(error)} onChange={(event) => setText(event.target.value)} />
        {error && <span className="field-error" role="alert">{error}</span>}
      </label>
      <Opinion opinion={opinion} />
      <PhotoInput photos={photos} onChange={setPhotos} most={1} label={t('read.photo')} />
      <button type="submit" className="primary">{t('read.send')}</button>
      {sent.map((item) => <SendState key={item.key} item={item} />)}
    </form>
  );
}
