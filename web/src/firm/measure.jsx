/* measure.jsx: one measure: what, who, what it costs, what it should do; start and finish it; and
 * whether it did what it promised, with its uncertainty. */
import { useEffect, useState } from 'react';
import { ask, url, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { History } from '../records/history.jsx';
import { Verbs } from '../records/verbs.jsx';
import { SimulatedBadge, StateBadge } from '../ui/badge.jsx';
import { useTitle } from '../ui/hooks.js';
import { unitText } from '../ui/number.jsx';
import { Answer, Empty, ErrorBox, Waiting } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';
import { Locked, Verdict, isKnown, isRefused, signed, useChoice } from './asked.jsx';
import { EffectCard, EffectChart } from './effect.jsx';
import { Forward } from './forward.jsx';
import { effectText } from './measures.jsx';
import './firm.css';

const PATH = '/api/v1/core/measures';

/* A record with its version, asked for again when something was done. */
export function useRecord(path, id) {
  const [state, setState] = useState({});
  const [round, setRound] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    ask('GET', `${path}/${id}`).then(
      ({ data, etag }) => isCurrent && setState({ record: data, etag: etag ?? `"${data.version}"` }),
      (error) => isCurrent && setState({ error }),
    );
    return () => { isCurrent = false; };
  }, [path, id, round]);
  return { ...state, round, reload: () => setRound((n) => n + 1) };
}

function Heading({ measure, party }) {
  const { t } = useWords();
  const { word } = useChoice('core.measure');
  useTitle(measure.title);
  return (
    <div className="page-head">
      <p className="crumbs">
        {party ? <Link to={hrefOf(['firm', party.code])}>{party.name}</Link> : measure.party_label}
        {' '}<span aria-hidden="true">›</span> {t('firm.measures')}
      </p>
      <h1>{measure.title} {party?.is_simulated && <SimulatedBadge />}</h1>
      <p className="measure-state">
        <StateBadge value={measure.state} />
        {measure.verdict && <Verdict value={measure.verdict} />}
        <span className="soft">{word('kind', measure.kind)}</span>
        <Why label={measure.title} about={{ record: 'core.measure', id: measure.id }} />
      </p>
    </div>
  );
}

/* What was written down of a judgement is the sentence that stands beside it already. */
function Facts({ measure, told }) {
  const words = useWords();
  const { t, number, moneyMinor, day } = words;
  const unit = unitText(measure.expected_unit);
  const facts = [
    ['measure.expected', isKnown(measure.expected_effect) && `${signed(number(measure.expected_effect))} ${unit}`],
    ['measure.verified', isKnown(measure.verified_effect) && effectText(measure, words)],
    ['measure.cost', isKnown(measure.cost) && moneyMinor(measure.cost)],
    ['measure.responsible', measure.responsible],
    ['measure.due', isKnown(measure.due) && day(measure.due)],
    ['measure.done', isKnown(measure.done) && day(measure.done)],
    ['measure.series', measure.series_label],
    ['measure.evidence', !(told && measure.evidence?.includes(told)) && measure.evidence],
    ['measure.reason', measure.reason],
  ].filter(([, value]) => value);
  return (
    <dl className="pairs">
      {facts.map(([key, value]) => <div key={key}><dt>{t(key)}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

/* Who judges measures may do so from what was measured. */
function Evaluate({ measure, effect, onDone }) {
  const { t } = useWords();
  const [state, setState] = useState({});
  if (measure.state !== 'done' || !measure.may?.includes('verify') || !isKnown(effect?.effect)) return null;
  const evaluate = async () => {
    setState({ isBusy: true });
    try {
      await ask('POST', '/api/v1/industry/do/verify_measure', { measure: measure.id });
      setState({});
      onDone();
    } catch (problem) {
      setState({ problem });
    }
  };
  return (
    <>
      <button type="button" className="primary" disabled={state.isBusy} onClick={evaluate}>
        {t('measure.evaluate')}
      </button>
      {state.problem && <ErrorBox problem={state.problem} />}
    </>
  );
}

/* Once it was judged, that judgement is what counts, with the numbers it was made with. */
function judged(measure, data) {
  if (measure.state !== 'verified') return data;
  return { ...data, effect: measure.verified_effect, low: measure.verified_low,
    high: measure.verified_high, unit: measure.expected_unit ?? data.unit, verdict: measure.verdict,
    effect_percent: null, ...(data.has_effect ? {} : { sentence_vi: '', sentence_en: '' }) };
}

/* The verb `verify` asks for numbers; here they come from the readings instead. */
const withoutVerify = (measure) => ({ ...measure, may: (measure.may ?? []).filter((one) => one !== 'verify') });

function Measure({ measure, etag, round, reload }) {
  const { t, pick } = useWords();
  const me = useGet('/api/v1/me');
  const { type } = useChoice('core.measure');
  const party = useGet(measure.party ? `/api/v1/core/parties/${measure.party}` : null);
  const effect = useGet(measure.series ? url('/api/v1/industry/do/measure_effect', {
    measure: measure.id,
  }) : null);
  const again = () => { reload(); effect.reload(); };
  return (
    <>
      <Heading measure={measure} party={party.data} />
      {type && <Verbs key={`${measure.version} ${round}`} type={type} record={withoutVerify(measure)}
        etag={etag} onChange={again} />}
      <div className="effect-head">
        {measure.series ? (
          <Answer of={effect} tall>{(data) => <EffectCard data={judged(measure, data)} />}</Answer>
        ) : <section className="card"><Empty title={t('effect.noSeries')} /></section>}
        <section className="card">
          <h2 className="card-title">{t('measure.facts')}</h2>
          <Facts measure={measure} told={pick(effect.data, 'sentence')} />
          <Evaluate measure={measure} effect={effect.data} onDone={again} />
          {['running', 'done'].includes(measure.state) && <Forward me={me.data} onDone={again} />}
        </section>
      </div>
      {effect.data?.days?.some((one) => isKnown(one.actual)) && (
        <section className="panel"><EffectChart data={effect.data} measure={measure} /></section>
      )}
      {type && <History key={`h ${measure.version} ${round}`} type={type} record={measure} />}
    </>
  );
}

export function MeasurePage({ view }) {
  const id = view.path[1] ?? '';
  const { record, etag, error, round, reload } = useRecord(PATH, id);
  if (error && isRefused(error)) return <Locked />;
  if (error) return <ErrorBox problem={error} onRetry={reload} />;
  if (!record) return <Waiting tall />;
  return <Measure measure={record} {...{ etag, round, reload }} />;
}
