/* asked.jsx: what the pages of a firm share: lists that belong to it, words of choices, sections
 * that only some may see. */
import { get, url, useGet, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import '../place/place.css';
import { set } from '../route.jsx';
import { Empty, ErrorBox, Waiting } from '../ui/state.jsx';

const LIST_MOST = 200;

/* The records of a type that a filter leaves, with their parts when they are asked for. */
export function useList(path, query, isWanted = true) {
  const answer = useGet(isWanted ? url(`/api/v1/${path}`, { limit: LIST_MOST, ...query }) : null);
  return { ...answer, items: answer.data?.items ?? [] };
}

/* Several addresses at once; what is refused is null. */
const readMany = (key) => Promise.all(JSON.parse(key).map((path) => get(path).catch(() => null)));
export const useMany = (paths) => useGet(paths?.length ? JSON.stringify(paths) : null, readMany);

/* A number with the sign that people write for less than zero. */
export const signed = (text) => String(text).replace(/^-/, '−');

export const isKnown = (value) => value !== null && value !== undefined && value !== '';

/* "industry.option", "class", "good_housekeeping": the room's own word for it. */
export function useChoice(typeName) {
  const { pick } = useWords();
  const { data } = useMeta();
  const [room, name] = typeName.split('.');
  const type = data?.rooms.find((one) => one.name === room)?.records
    ?.find((one) => one.name === name);
  const choicesOf = (field, part) => {
    const fields = part ? type?.parts?.find((one) => one.name === part)?.fields : type?.fields;
    return fields?.find((one) => one.name === field)?.choices ?? [];
  };
  return {
    type,
    choicesOf,
    word: (field, value, part) => {
      const found = choicesOf(field, part).find((one) => one.value === value);
      return found ? pick(found, 'label') : value;
    },
  };
}

/* Whoever may not see a firm is told who may; in the demo one may look through their eyes. */
export function Locked({ who = ['officer', 'auditor', 'operator'] }) {
  const { t, pick } = useWords();
  const { data } = useMeta();
  const known = (data?.identities ?? []).filter(({ name }) => who.includes(name));
  return (
    <Empty title={t('firm.locked')}>
      <p>{t('firm.lockedHow')}</p>
      <div className="actions">
        {known.map((identity) => (
          <button key={identity.name} type="button" onClick={() => set({ as: identity.name })}>
            {t('firm.viewAs', { who: pick(identity, 'label') || identity.name })}
          </button>
        ))}
      </div>
    </Empty>
  );
}

export const isRefused = (error) => error?.status === 403 || error?.status === 404
  || error?.status === 401;

export { Verdict } from '../place/verdict.jsx';

/* A panel with a heading; what may not be seen is left out, what went wrong is said. */
export function Section({ id, title, of, lead, tools, children }) {
  if (of?.error && isRefused(of.error)) return null;
  return (
    <section className="panel" id={id} aria-labelledby={`${id}-title`}>
      <div className="panel-head">
        <h2 id={`${id}-title`}>{title}</h2>
        {tools}
      </div>
      {lead && <p className="soft">{lead}</p>}
      {of?.error && <ErrorBox problem={of.error} onRetry={of.reload} />}
      {of && !of.data && !of.error ? <Waiting /> : children}
    </section>
  );
}
