/* ask.jsx: what the rooms answer and do, drawn from their tables.
 *
 *   /tables/<room>/<query>      a report: its parameters stand in the URL, its rows download
 *   /actions/<room>/<action>    an action: its form, then its answer; one that reads is in the URL
 */
import { useState } from 'react';
import { ask, download, url, useGet, useMeta } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf, set } from '../route.jsx';
import { useTitle } from '../ui/hooks.js';
import { Answer, ErrorBox, Waiting } from '../ui/state.jsx';
import { today } from '../ui/dates.js';
import { Field, editOf, valueOf } from './field.jsx';
import { errorsOf } from './form.jsx';
import { Fields, Part } from './view.jsx';

/* A year to begin with, so that a report shows something at once. */
function firstEdit(field, value, lang) {
  if (value) return editOf(field, field.type === 'ref' ? Number(value) : value, lang);
  if (field.type !== 'day' || !field.required) return editOf(field, null, lang);
  const year = Number(today().slice(0, 4));
  return { from: `${year}-01-01`, to: `${year + 1}-01-01` }[field.name] ?? today();
}

/* fields -> onAsk({name: value}); what was wrong stands beside its field. */
function ParamForm({ fields, values, problem, label, onAsk }) {
  const words = useWords();
  const { t, lang } = words;
  const [edits, setEdits] = useState(() => Object.fromEntries(
    fields.map((field) => [field.name, firstEdit(field, values[field.name], lang)])));
  const [own, setOwn] = useState({});
  const errors = { ...(problem ? errorsOf(problem, { fields, parts: [] }, words) : {}), ...own };
  const submit = (event) => {
    event.preventDefault();
    const given = {};
    const wrong = {};
    for (const field of fields) {
      const { value, error } = valueOf(field, edits[field.name], lang);
      if (error) wrong[field.name] = t(error);
      else if (value === null && field.required) wrong[field.name] = t('form.missing');
      else given[field.name] = value;
    }
    setOwn(wrong);
    if (!Object.keys(wrong).length) onAsk(given);
  };
  return (
    <form className="panel param-form no-print" onSubmit={submit} noValidate>
      {fields.length > 0 && (
        <div className="part-row">
          {fields.map((field) => (
            <Field key={field.name} field={field} edit={edits[field.name]} error={errors[field.name]}
              onChange={(value) => setEdits({ ...edits, [field.name]: value })} />
          ))}
        </div>
      )}
      <button type="submit" className="primary">{label}</button>
    </form>
  );
}

const askedOf = (fields, query) => Object.fromEntries(
  fields.map((field) => [field.name, query[field.name]]));

function Head({ of }) {
  const { t, pick } = useWords();
  useTitle(pick(of, 'label'));
  return (
    <div className="page-head">
      <p className="crumbs"><Link to={hrefOf(['records'])}>{t('nav.records')}</Link></p>
      <h1>{pick(of, 'label')}</h1>
      {pick(of, 'help') && <p className="lead">{pick(of, 'help')}</p>}
    </div>
  );
}

function Table({ query, view }) {
  const { t } = useWords();
  const [problem, setProblem] = useState(null);
  const asked = askedOf(query.params, view.query);
  const isAsked = query.params.every((field) => !field.required || asked[field.name]);
  const rows = useGet(isAsked ? url(query.path, asked) : null);
  return (
    <>
      <Head of={query} />
      {query.params.length > 0 && (
        <ParamForm fields={query.params} values={asked} problem={rows.error} label={t('ask.show')}
          onAsk={(given) => set(given)} />
      )}
      {rows.error && <ErrorBox problem={rows.error} onRetry={rows.reload} />}
      {isAsked && !rows.error && !rows.data && <Waiting tall />}
      {rows.data && (
        <>
          <div className="toolbar no-print">
            {['csv', 'xlsx'].map((ending) => (
              <button key={ending} type="button"
                onClick={() => download(url(`${query.path}.${ending}`, asked), `${query.name}.${ending}`)
                  .catch(setProblem)}>
                {ending.toUpperCase()}
              </button>
            ))}
          </div>
          {problem && <ErrorBox problem={problem} />}
          <Part part={{ ...query, name: 'items', fields: query.columns }} record={rows.data} />
        </>
      )}
    </>
  );
}

function Outcome({ action, data }) {
  return (
    <div aria-live="polite">
      <section className="panel"><Fields type={{ fields: action.out }} record={data} /></section>
      {(action.out_parts ?? []).filter((part) => data[part.name]?.length > 0)
        .map((part) => <Part key={part.name} part={part} record={data} />)}
    </div>
  );
}

/* One that reads: asked for by the URL. */
function ReadAction({ action, view }) {
  const { t } = useWords();
  const asked = askedOf(action.in, view.query);
  const isAsked = action.in.some((field) => asked[field.name]);
  const answer = useGet(isAsked ? url(action.path, asked) : null);
  return (
    <>
      <Head of={action} />
      <ParamForm fields={action.in} values={asked} problem={answer.error} label={t('ask.compute')}
        onAsk={(given) => set(given)} />
      {answer.error && <ErrorBox problem={answer.error} />}
      {answer.data && <Outcome action={action} data={answer.data} />}
    </>
  );
}

function WriteAction({ action }) {
  const { t } = useWords();
  const [state, setState] = useState({});
  const run = async (given) => {
    setState({});
    const body = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
    try {
      setState({ data: (await ask('POST', action.path, body)).data });
    } catch (problem) {
      setState({ problem });
    }
  };
  return (
    <>
      <Head of={action} />
      <ParamForm fields={action.in} values={{}} problem={state.problem} label={t('ask.do')} onAsk={run} />
      {state.problem && <ErrorBox problem={state.problem} />}
      {state.data && <Outcome action={action} data={state.data} />}
    </>
  );
}

function NotFound() {
  const { t } = useWords();
  return <h1>{t('state.notFound')}</h1>;
}

const roomOf = (meta, name) => meta.rooms.find((room) => room.name === name);

export function TablePage({ view }) {
  return <Answer of={useMeta()} tall>{(meta) => {
    const query = roomOf(meta, view.path[1])?.queries?.find((one) => one.name === view.path[2]);
    return query ? <Table query={query} view={view} /> : <NotFound />;
  }}</Answer>;
}

export function ActionPage({ view }) {
  return <Answer of={useMeta()} tall>{(meta) => {
    const action = roomOf(meta, view.path[1])?.actions?.find((one) => one.name === view.path[2]);
    if (!action) return <NotFound />;
    return action.is_read ? <ReadAction action={action} view={view} /> : <WriteAction action={action} />;
  }}</Answer>;
}
