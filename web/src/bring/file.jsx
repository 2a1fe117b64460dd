/* file.jsx: a file of bills: dropped or chosen, looked at, its findings shown at once; kept when whoever
 * brought it says so, and taken back. Until then nothing is stored. */
import { useRef, useState } from 'react';
import { ask, download, url, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { unitText } from '../ui/number.jsx';
import { ErrorBox } from '../ui/state.jsx';
import { Findings } from './findings.jsx';
import { Sheet } from './sheet.jsx';
import { Questions, Wishes } from './wishes.jsx';
import { SAMPLE } from './sample.js';

const FILE_BYTES_MAX = 16 * 1024 * 1024;
const TYPE = { 'Content-Type': 'application/octet-stream' };

const addressOf = (step, file, wishes, more = {}) => url('/api/v1/bring', {
  step,
  file: file.name,
  sheet: wishes.sheet,
  medium: wishes.medium,
  year: wishes.year,
  decimal: wishes.decimal,
  roles: Object.entries(wishes.roles ?? {}).map(([id, role]) => `${id}:${role}`).join(','),
  tariff: Object.values(wishes.tariffs ?? {}).filter(Boolean).join(','),
  ...more,
});

function Drop({ file, onFile, isBusy }) {
  const { t } = useWords();
  const [isOver, setOver] = useState(false);
  const over = (event) => { event.preventDefault(); setOver(event.type === 'dragover'); };
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer.files[0]) onFile(event.dataTransfer.files[0]);
  };
  return (
    <div className={`drop${isOver ? ' is-over' : ''}${file ? ' is-small' : ''}`}
      onDragOver={over} onDragLeave={over} onDrop={drop}>
      <strong>{file ? file.name : t('bring.drop')}</strong>
      {!file && <p className="soft">{t('bring.dropHow')}</p>}
      <label className={`button${file ? '' : ' primary'}`}>
        {t(file ? 'bring.other' : 'bring.chooseFile')}
        <input type="file" accept=".xlsx,.csv,.txt,.tsv" disabled={isBusy}
          onChange={(event) => {
            if (event.target.files[0]) onFile(event.target.files[0]);
            event.target.value = '';
          }} />
      </label>
    </div>
  );
}

function Faults({ look }) {
  const { t, pick } = useWords();
  return (
    <details className="panel" open={look.fault_count <= 3}>
      <summary><h2 className="in-line">{t('bring.faults', { n: look.fault_count })}</h2></summary>
      <ul className="plain fault-list">
        {look.faults.map((fault) => (
          <li key={`${fault.sheet} ${fault.cell} ${fault.kind}`}>
            <b>{look.sheets.length > 1 ? `${fault.sheet_name}!` : ''}{fault.cell}</b>
            {fault.value && <>“{fault.value}”: </>}
            {pick(fault, 'text')}{fault.other ? ` (${fault.other})` : ''}.{' '}
            <span className="soft">{t('bring.todo')}: {pick(fault, 'do')}.</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

function mayKeep(meta) {
  for (const room of meta?.rooms ?? []) {
    const type = (room.records ?? []).find((one) => one.name === 'own_bill' || one.name === 'core.own_bill');
    if (type) return type.may?.write && type.may.write !== 'not';
  }
  return false;
}

function Take({ look, onTake, onUndo, state }) {
  const { t } = useWords();
  const { data: meta } = useMeta();
  if (state.undone) return <p className="panel" role="status">{t('bring.undone', { n: state.undone.bills })}</p>;
  if (state.taken) {
    return (
      <div className="panel take" role="status">
        <p>{t('bring.taken', { n: look.bill_count })}</p>
        <Link to={hrefOf(['records', 'core', 'own_bills'], { import: state.taken })}>{t('bring.see')}</Link>
        <button type="button" disabled={state.isBusy} onClick={onUndo}>{t('bring.undo')}</button>
      </div>
    );
  }
  if (!mayKeep(meta)) return <p className="panel soft">{t('bring.onlyLook')}</p>;
  return (
    <div className="panel take">
      <button type="button" className="primary" disabled={state.isBusy} onClick={onTake}>
        {t(look.taken_before ? 'bring.takeAgain' : 'bring.take', { n: look.bill_count })}
      </button>
      <p className="soft">{look.taken_before ? t('bring.before', { n: look.taken_before }) : t('bring.takeHow')}</p>
    </div>
  );
}

/* A file of times and numbers: how the command would take it. */
function Readings({ look }) {
  const { t } = useWords();
  return (
    <section className="panel" aria-labelledby="readings-title">
      <h2 id="readings-title">{t('bring.readings')}</h2>
      <p>{t('bring.readingsHow', { time: look.readings.time })}</p>
      <div className="scroll" tabIndex={0} role="region" aria-label={t('bring.readings')}>
        <table>
          <thead>
            <tr><th>{t('bring.column')}</th><th>{t('bring.series')}</th><th>{t('bring.measures')}</th></tr>
          </thead>
          <tbody>
            {look.readings.series.map((one) => (
              <tr key={one.code}>
                <td>{one.column}</td>
                <td>{one.code}</td>
                <td>{one.quantity}, {unitText(one.unit)}, {one.kind}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <pre tabIndex={0}><code>xanh import {look.file}</code></pre>
    </section>
  );
}

function Understood({ look, wishes, onWish, isBusy }) {
  const { t } = useWords();
  const [at, setAt] = useState(null);
  const best = look.sheets.find((sheet) => sheet.bills > 0) ?? look.sheets[0];
  const sheet = look.sheets.find((one) => one.index === at) ?? best;
  if (!sheet) return null;
  const setRole = (id, role) => onWish({
    sheet: look.sheets.length > 1 ? String(sheet.index) : '', roles: { ...wishes.roles, [id]: role },
  });
  return (
    <section className="panel" aria-labelledby="understood-title">
      <h2 id="understood-title">{t('bring.understood')}</h2>
      <Wishes look={look} wishes={wishes} onWish={onWish} isBusy={isBusy} />
      {look.sheets.length > 1 && (
        <div className="segments" role="group" aria-label={t('bring.sheet')}>
          {look.sheets.slice(0, 12).map((one) => (
            <button key={one.index} type="button" aria-pressed={one.index === sheet.index}
              onClick={() => setAt(one.index)}>{one.name} ({one.bills})</button>
          ))}
        </div>
      )}
      <Sheet sheet={sheet} faults={look.faults} roles={look.roles} onRole={setRole} isBusy={isBusy} />
    </section>
  );
}

function Outcome({ look, wishes, onWish, onTake, onUndo, state }) {
  const { t, pick } = useWords();
  return (
    <div className="bring-look">
      <p className="sentence" role="status">{pick(look, 'sentence')}</p>
      {look.questions.length > 0 && (
        <Questions look={look} wishes={wishes} onWish={onWish} isBusy={state.isBusy} />
      )}
      {look.findings.length > 0 && <Findings findings={look.findings} />}
      {look.bill_count > 0
        ? <Take look={look} onTake={onTake} onUndo={onUndo} state={state} />
        : look.questions.length === 0 && !look.readings && <p className="notice notice-warn">{t('bring.nothing')}</p>}
      {look.readings && <Readings look={look} />}
      {look.faults.length > 0 && <Faults look={look} />}
      <Understood look={look} wishes={wishes} onWish={onWish} isBusy={state.isBusy} />
    </div>
  );
}

export function BringFile() {
  const { t } = useWords();
  const [file, setFile] = useState(null);
  const [wishes, setWishes] = useState({});
  const [look, setLook] = useState(null);
  const [state, setState] = useState({});
  const latest = useRef(0);

  const send = async (chosen, wished) => {
    const number = ++latest.current;
    setState({ isBusy: true });
    try {
      const { data } = await ask('POST', addressOf('look', chosen, wished), chosen, TYPE);
      if (number === latest.current) { setLook(data); setState({}); }
    } catch (error) {
      if (number === latest.current) setState({ error });
    }
  };
  const choose = (chosen) => {
    setFile(chosen);
    setWishes({});
    setLook(null);
    if (chosen.size > FILE_BYTES_MAX) {
      setState({ error: { code: 'TOO_LARGE', detail: t('bring.tooLarge') } });
    } else send(chosen, {});
  };
  const wish = (change) => {
    const next = { ...wishes, ...change };
    setWishes(next);
    send(file, next);
  };
  const act = async (path, body, headers, done) => {
    setState((old) => ({ ...old, isBusy: true, error: null }));
    try {
      const { data } = await ask('POST', path, body, headers);
      setState(done(data));
    } catch (error) {
      setState((old) => ({ ...old, isBusy: false, error }));
    }
  };
  const take = () => act(addressOf('take', file, wishes, look.taken_before ? { again: 1 } : {}), file, TYPE,
    (data) => ({ taken: data.import }));
  const undo = () => act(`/api/v1/bring/${state.taken}/undo`, {}, {}, (data) => ({ undone: data }));
  return (
    <>
      <Drop file={file} onFile={choose} isBusy={state.isBusy} />
      <div className="bring-more no-print">
        <button type="button" onClick={() => choose(new File([SAMPLE], t('bring.sampleName'), { type: 'text/csv' }))}>
          {t('bring.sample')}
        </button>
        <button type="button" onClick={() => download('/api/v1/bring/template.xlsx', 'xanh-bills.xlsx')}>
          {t('bring.template')}
        </button>
        <span className="soft">{t('bring.private')}</span>
      </div>
      {state.isBusy && <progress aria-label={t('state.loading')} />}
      {state.error && <ErrorBox problem={state.error} />}
      {look && <Outcome look={look} wishes={wishes} onWish={wish} onTake={take} onUndo={undo} state={state} />}
    </>
  );
}
