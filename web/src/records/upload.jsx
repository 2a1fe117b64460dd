/* upload.jsx: a CSV or XLSX file into records: tried first without writing, each fault by its row,
 * then taken when all is right, or what is right of it. */
import { useState } from 'react';
import { ask } from '../api.js';
import { useWords } from '../i18n/index.js';
import { ErrorBox, sentence } from '../ui/state.jsx';

const TYPES = {
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

function Faults({ faults }) {
  const { t } = useWords();
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t('upload.faults')}>
      <table>
        <thead>
          <tr>
            <th className="num">{t('upload.row')}</th><th>{t('upload.field')}</th>
            <th>{t('upload.value')}</th><th>{t('upload.why')}</th>
          </tr>
        </thead>
        <tbody>
          {faults.map((fault, i) => {
            const error = fault.error ?? fault;
            return (
              <tr key={i}>
                <td className="num">{fault.line ?? fault.row}</td>
                <td>{error.field}</td>
                <td>{error.value}</td>
                <td lang="en">{sentence(error.detail)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

export function Upload({ type }) {
  const { t } = useWords();
  const [file, setFile] = useState(null);
  const [state, setState] = useState({});
  const send = async (query, isTrial, chosen = file) => {
    const ending = chosen.name.toLowerCase().endsWith('.xlsx') ? 'xlsx' : 'csv';
    setState({ isBusy: true });
    try {
      const { data } = await ask('POST', `${type.path}.${ending}${query}`, chosen,
        { 'Content-Type': TYPES[ending] });
      setState({ report: data, isTrial });
    } catch (error) {
      /* A refused file tells its faults by row too. */
      setState(error.rows !== undefined || error.faults ? { report: error, isTrial: true }
        : { error });
    }
  };
  const choose = (event) => {
    const chosen = event.target.files[0] ?? null;
    setFile(chosen);
    setState({});
    if (chosen) send('?dry_run=1', true, chosen);
  };
  const { report } = state;
  const faults = report?.faults ?? [];
  const good = report ? (report.created ?? 0) + (report.changed ?? 0) : 0;
  return (
    <div className="panel upload">
      <label>
        <span>{t('upload.choose')}</span>
        <input type="file" accept=".csv,.xlsx" onChange={choose} />
      </label>
      <p className="hint">{t('upload.hint')}</p>
      {state.isBusy && <progress aria-label={t('state.loading')} />}
      {state.error && <ErrorBox problem={state.error} />}
      {report && (
        <div role="status">
          <p>
            {t(state.isTrial ? 'upload.trial' : 'upload.done', {
              created: report.created ?? 0, changed: report.changed ?? 0, same: report.same ?? 0,
              refused: report.refused ?? faults.length,
            })}
          </p>
          {faults.length > 0 && <Faults faults={faults} />}
          {state.isTrial && good > 0 && (
            <button type="button" className="primary"
              onClick={() => send(faults.length ? '?partial=1' : '', false)}>
              {t(faults.length ? 'upload.takeGood' : 'upload.take', { n: good })}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
