/* history.jsx: who changed what and when: each version with the fields that differ. */
import { useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Answer } from '../ui/state.jsx';
import { plainValue } from './value.jsx';

/* before and after come as objects, or as the texts they are kept as. */
function objectOf(value) {
  if (!value) return {};
  if (typeof value === 'object') return value;
  try { return JSON.parse(value); } catch { return {}; }
}

function Changes({ type, change }) {
  const words = useWords();
  const { t, pick } = words;
  const before = objectOf(change.before);
  const after = objectOf(change.after);
  const fields = type.fields.filter((field) => after[field.name] !== undefined
    && JSON.stringify(before[field.name]) !== JSON.stringify(after[field.name])
    && !((after[field.name] ?? null) === null && (before[field.name] ?? null) === null));
  if (!fields.length || !change.before) return null;
  return (
    <ul className="changes">
      {fields.map((field) => (
        <li key={field.name}>
          {pick(field, 'label')}: <del>{plainValue(field, before, words) || '–'}</del>{' '}
          <span aria-hidden="true">→</span><span className="hidden">{t('history.to')}</span>{' '}
          <ins>{plainValue(field, after, words) || '–'}</ins>
        </li>
      ))}
    </ul>
  );
}

/* What nobody did by hand was done by the program itself. */
const whoText = (who, t) => (who === 'engine' ? t('history.engine') : who);

export function History({ type, record }) {
  const { t, time, term } = useWords();
  const history = useGet(`${type.path}/${record.id}/history`);
  return (
    <section className="panel">
      <h2>{t('history.title')}</h2>
      <Answer of={history}>{(data) => (
        <ol className="plain history" reversed>
          {[...data.items].sort((a, b) => b.version - a.version).map((change) => (
            <li key={change.id ?? change.version}>
              <strong>{term('verb', change.verb)}</strong>{' '}
              <span className="soft">
                {t('history.version', { n: change.version })} · {time(change.at)} · {whoText(change.who, t)}
              </span>
              <Changes type={type} change={change} />
            </li>
          ))}
        </ol>
      )}</Answer>
    </section>
  );
}
