/* provision.jsx: many devices from a table: dropped here, tried without writing, each mistake by its
 * line, then made in slices; the keys are a file that is had once. */
import { useState } from 'react';
import { ask } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { saveCsv } from '../ui/download.js';
import { useTitle } from '../ui/hooks.js';
import { ErrorBox, sentence } from '../ui/state.jsx';

const PATH = '/api/v1/devices/provision';
const TYPE = { 'Content-Type': 'text/csv' };
const EXAMPLE = 'code,name,place,kind,quantity,unit\n'
  + 'm-1,Công tơ 1,toa-a,electricity_meter,energy.electricity,kWh\n';

function Faults({ report }) {
  const { t, exact } = useWords();
  return (
    <>
      <p className="notice notice-warn" role="alert">
        {t('fleet.faults', { n: exact(report.refused) })}
      </p>
      <div className="scroll" tabIndex={0} role="region" aria-label={t('upload.faults')}>
        <table>
          <thead>
            <tr>
              <th className="num">{t('upload.row')}</th><th>{t('upload.field')}</th>
              <th>{t('upload.value')}</th><th>{t('upload.why')}</th>
            </tr>
          </thead>
          <tbody>
            {report.faults.map(({ line, error }) => (
              <tr key={line}>
                <td className="num">{line}</td>
                <td>{error.field}</td>
                <td>{error.value}</td>
                <td lang="en">{sentence(error.detail)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Preview({ report, isBusy, onMake }) {
  const { t, exact } = useWords();
  return (
    <>
      <p role="status">{t('fleet.preview', {
        lines: exact(report.lines), devices: exact(report.devices_made),
        series: exact(report.series_made), there: exact(report.devices_there),
      })}</p>
      <div className="actions">
        <button type="button" className="primary" disabled={isBusy} onClick={onMake}>
          {t('fleet.make')}
        </button>
      </div>
    </>
  );
}

function Made({ report }) {
  const { t, exact } = useWords();
  const keys = report.devices.filter((device) => device.key);
  const rows = [['code', 'device_id', 'key'], ...keys.map(({ code, id, key }) => [code, id, key])];
  return (
    <div className="notice" role="status">
      <p><strong>{t('fleet.made', { n: exact(report.devices_made) })}</strong></p>
      {keys.length > 0 && (
        <>
          <p>{t('fleet.keysOnce')}</p>
          <button type="button" className="primary" onClick={() => saveCsv('keys', rows)}>
            {t('fleet.keysFile')}
          </button>
        </>
      )}
      <p><Link to={hrefOf(['devices'])}>{t('fleet.title')}</Link></p>
    </div>
  );
}

/* A file is dropped or chosen. */
function Drop({ onFile }) {
  const { t } = useWords();
  const [isOver, setOver] = useState(false);
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    if (event.dataTransfer.files[0]) onFile(event.dataTransfer.files[0]);
  };
  return (
    <label className={isOver ? 'fleet-drop fleet-drop-over' : 'fleet-drop'} onDrop={drop}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }}
      onDragLeave={() => setOver(false)}>
      <span>{t('fleet.drop')}</span>
      <input type="file" accept=".csv,text/csv"
        onChange={(event) => event.target.files[0] && onFile(event.target.files[0])} />
    </label>
  );
}

export function ProvisionPage() {
  const { t } = useWords();
  useTitle(t('fleet.add'));
  const [text, setText] = useState('');
  const [state, setState] = useState({});
  const send = async (table, isTrial) => {
    setState((old) => ({ ...old, isBusy: true, error: null }));
    try {
      const { data } = await ask('POST', `${PATH}${isTrial ? '?dry_run=1' : '?format=json'}`, table, TYPE);
      setState(isTrial ? { report: data } : { made: data });
    } catch (error) {
      setState(error.faults ? { report: error } : { error });
    }
  };
  const take = async (file) => {
    const table = await file.text();
    setText(table);
    send(table, true);
  };
  const { report, made, error, isBusy } = state;
  return (
    <>
      <div className="page-head">
        <p><Link to={hrefOf(['devices'])}>{t('fleet.title')}</Link></p>
        <h1>{t('fleet.add')}</h1>
        <p className="lead">{t('fleet.addHow')}</p>
      </div>
      <section className="panel">
        {!made && <Drop onFile={take} />}
        <details>
          <summary>{t('fleet.example')}</summary>
          <pre>{EXAMPLE}</pre>
          <p className="hint">{t('fleet.columns')}</p>
        </details>
        {isBusy && <progress aria-label={t('state.loading')} />}
        {error && <ErrorBox problem={error} />}
        {report && (report.refused > 0 ? <Faults report={report} /> : (
          <Preview report={report} isBusy={isBusy} onMake={() => send(text, false)} />
        ))}
        {made && <Made report={made} />}
      </section>
    </>
  );
}
