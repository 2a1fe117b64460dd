/* auditor.jsx: what an auditor opens first: a sample drawn by a seed, a thread from a target to a
 * reading, a number with all its evidence as one file. */
import { useState } from 'react';
import { ask, download, get, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { unitText } from '../ui/number.jsx';
import { Answer, Empty, ErrorBox } from '../ui/state.jsx';
import { Why, question } from '../ui/why.jsx';
import { isKnown } from '../firm/asked.jsx';
import '../firm/firm.css';

/* What is sampled: a type and the state in which it counts; where one opens, and what it rests on. */
const KINDS = {
  bills: { record_type: 'core.bill', record_state: 'issued',
    page: (id) => ['records', 'core', 'bills', id], about: (id) => ({ bill: id }) },
  reports: { record_type: 'programme.report', record_state: 'approved',
    page: (id) => ['records', 'programme', 'reports', id] },
  cases: { record_type: 'industry.case', record_state: 'approved',
    page: (id) => ['case', id], about: (id) => ({ record: 'industry.case', id }) },
};

function Drawn({ kind, drawn }) {
  const { t, exact } = useWords();
  const { page, about } = KINDS[kind];
  const items = drawn.drawn ?? [];
  if (!items.length) return <p role="status">{t('audit.none')}</p>;
  return (
    <>
      <p role="status">{t('audit.drawn', {
        n: exact(drawn.drawn_count), of: exact(drawn.population), seed: drawn.seed,
      })} <Link to={hrefOf(['records', 'core', 'samples', String(drawn.sample)])}>{t('audit.kept')}</Link></p>
      <ul className="rows">
        {items.map((one) => (
          <li key={one.drawn_id}>
            <Link to={hrefOf(page(String(one.drawn_id)))}>{one.label}</Link>
            {about && <Why label={one.label} about={about(one.drawn_id)} />}
          </li>
        ))}
      </ul>
    </>
  );
}

function Sample() {
  const { t } = useWords();
  const [kind, setKind] = useState('bills');
  const [count, setCount] = useState('5');
  const [seed, setSeed] = useState('2026');
  const [state, setState] = useState({});
  const draw = async (event) => {
    event.preventDefault();
    const { record_type: type, record_state: of } = KINDS[kind];
    setState({ isBusy: true });
    try {
      const { data } = await ask('POST', '/api/v1/core/do/sample', {
        record_type: type, record_state: of, count: Number(count), seed: Number(seed),
      });
      setState({ drawn: data, kind });
    } catch (problem) {
      setState({ problem });
    }
  };
  return (
    <section className="card">
      <h2>{t('audit.sample')}</h2>
      <p className="soft">{t('audit.sampleHow')}</p>
      <form className="sample-form" onSubmit={draw}>
        <label className="field"><span>{t('audit.of')}</span>
          <select value={kind} onChange={(event) => setKind(event.target.value)}>
            {Object.keys(KINDS).map((one) => <option key={one} value={one}>{t(`audit.of.${one}`)}</option>)}
          </select>
        </label>
        <label className="field"><span>{t('audit.count')}</span>
          <input type="number" min="1" max="200" required value={count}
            onChange={(event) => setCount(event.target.value)} /></label>
        <label className="field"><span>{t('audit.seed')}</span>
          <input type="number" min="0" required value={seed}
            onChange={(event) => setSeed(event.target.value)} /></label>
        <button type="submit" className="primary" disabled={state.isBusy}>{t('audit.draw')}</button>
      </form>
      {state.problem && <ErrorBox problem={state.problem} />}
      {state.drawn && <Drawn kind={state.kind} drawn={state.drawn} />}
    </section>
  );
}

/* ---- a thread ---- */

function Trace({ standing }) {
  const words = useWords();
  const { t, pick, number } = words;
  return (
    <section className="card">
      <h2>{t('audit.trace')}</h2>
      <p className="soft">{t('audit.traceHow')}</p>
      <Answer of={standing}>{(data) => (!data.targets?.length ? <Empty title={t('audit.none')} /> : (
        <ul className="rows">
          {data.targets.map((target) => (
            <li key={target.id}>
              <Link to={hrefOf(['target', target.code], { year: data.year })}>{pick(target, 'label')}</Link>
              <span className="num">
                {pick(target, 'value_text') || (isKnown(target.value)
                  ? `${number(target.value)} ${unitText(target.unit)}` : '–')}
                {' '}<Why label={pick(target, 'label')} about={{
                  record: 'programme.target', id: target.id,
                }} />
              </span>
            </li>
          ))}
        </ul>
      ))}</Answer>
    </section>
  );
}

/* ---- the evidence ---- */

/* An address of a page with an open reason, of the API, or the question itself. */
function questionIn(text) {
  const at = text.trim();
  const inPage = /[?&]why=([^&#]+)/.exec(at);
  if (inPage) return decodeURIComponent(inPage[1]);
  return at.replace(/^.*\/api\/v1\/why\?/, '');
}

function Pack({ standing }) {
  const { t, pick } = useWords();
  const [about, setAbout] = useState('');
  const [link, setLink] = useState('');
  const [state, setState] = useState({});
  const targets = standing.data?.targets ?? [];
  const first = targets[0] ? question({ record: 'programme.target', id: targets[0].id }) : '';
  const take = async (event) => {
    event.preventDefault();
    const asked = link.trim() ? questionIn(link) : about || first;
    setState({ isBusy: true });
    try {
      await get(`/api/v1/why?${asked}`);
      await download(`/api/v1/why/pack?${asked}`, 'evidence.json');
      setState({});
    } catch (problem) {
      setState({ problem });
    }
  };
  return (
    <section className="card">
      <h2>{t('audit.pack')}</h2>
      <p className="soft">{t('audit.packHow')}</p>
      <form className="pack-form" onSubmit={take}>
        {targets.length > 0 && (
          <label className="field"><span>{t('audit.number')}</span>
            <select value={about || first} onChange={(event) => setAbout(event.target.value)}>
              {targets.map((target) => (
                <option key={target.id} value={question({ record: 'programme.target', id: target.id })}>
                  {pick(target, 'label')}</option>
              ))}
            </select>
          </label>
        )}
        <label className="field"><span>{t('audit.link')}</span>
          <input value={link} placeholder="…/firm/brewery?why=…" onChange={(event) => setLink(event.target.value)} />
        </label>
        <button type="submit" disabled={state.isBusy}>{t('audit.download')}</button>
      </form>
      {state.problem && <ErrorBox problem={state.problem} />}
      <p className="soft">{t('audit.verifyHow')}</p>
    </section>
  );
}

export function AuditorHome() {
  const standing = useGet('/api/v1/programme/do/place_standing');
  return (
    <>
      <Sample />
      <Trace standing={standing} />
      <Pack standing={standing} />
    </>
  );
}
