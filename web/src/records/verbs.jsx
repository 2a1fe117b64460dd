/* verbs.jsx: what may be done with a record now: a button for each verb; one that needs words (a
 * reason) asks for them first. */
import { useState } from 'react';
import { ask } from '../api.js';
import { useWords } from '../i18n/index.js';
import { ErrorBox } from '../ui/state.jsx';
import { Field, editOf, valueOf } from './field.jsx';
import { errorsOf } from './form.jsx';

function VerbForm({ transition, onDo, onCancel, problem, type }) {
  const words = useWords();
  const { t, pick, lang } = words;
  const fields = transition.in ?? [];
  const [edits, setEdits] = useState(() => Object.fromEntries(
    fields.map((field) => [field.name, editOf(field, null, lang)])));
  const [own, setOwn] = useState({});
  const errors = { ...(problem ? errorsOf(problem, type, words) : {}), ...own };
  const submit = (event) => {
    event.preventDefault();
    const body = {};
    const wrong = {};
    for (const field of fields) {
      const { value, error } = valueOf(field, edits[field.name], lang);
      if (error) wrong[field.name] = t(error);
      else if (value === null && field.required) wrong[field.name] = t('form.missing');
      else if (value !== null) body[field.name] = value;
    }
    setOwn(wrong);
    if (!Object.keys(wrong).length) onDo(body);
  };
  return (
    <form className="panel" onSubmit={submit} noValidate>
      <h2>{pick(transition, 'label')}</h2>
      {fields.map((field) => (
        <Field key={field.name} field={field} edit={edits[field.name]} error={errors[field.name]}
          onChange={(value) => setEdits({ ...edits, [field.name]: value })} />
      ))}
      <div className="actions">
        <button type="submit" className="primary">{pick(transition, 'label')}</button>
        <button type="button" onClick={onCancel}>{t('form.cancel')}</button>
      </div>
    </form>
  );
}

/* What takes something back is never the first thing that one presses. */
const BACK = new Set(['withdraw', 'drop']);

export function Verbs({ type, record, etag, onChange }) {
  const { pick } = useWords();
  const [asked, setAsked] = useState(null);
  const [state, setState] = useState({});
  const verbs = (record.may ?? []).filter((verb) => verb !== 'edit').map((verb) => (
    type.transitions?.find((item) => item.verb === verb && item.from === record.state)
      ?? { verb, label_vi: verb, label_en: verb }));
  if (!verbs.length) return null;
  /* What needs no word goes on; what needs a reason, or takes back, stands beside it. */
  const main = verbs.find(({ in: fields, verb }) => !BACK.has(verb)
    && !fields?.some((field) => field.required));
  const run = async (transition, body) => {
    setState({ isBusy: true });
    try {
      await ask('POST', `${type.path}/${record.id}/${transition.verb}`, body, { 'If-Match': etag });
      setAsked(null);
      setState({});
      onChange();
    } catch (problem) {
      setState({ problem });
    }
  };
  const begin = (transition) => {
    setState({});
    if (transition.in?.length) setAsked(transition);
    else run(transition, {});
  };
  return (
    <div className="verbs no-print">
      <div className="toolbar">
        {verbs.map((transition) => (
          <button key={transition.verb} type="button" disabled={state.isBusy}
            className={transition === main ? 'primary' : undefined}
            onClick={() => begin(transition)}>
            {pick(transition, 'label')}
          </button>
        ))}
      </div>
      {state.problem && <ErrorBox problem={state.problem} />}
      {asked && (
        <VerbForm key={asked.verb} transition={asked} type={type} problem={state.problem}
          onDo={(body) => run(asked, body)} onCancel={() => setAsked(null)} />
      )}
    </div>
  );
}
