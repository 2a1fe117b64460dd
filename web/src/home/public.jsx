/* public.jsx: what everybody may see: the place now, claims that can be checked, open data. */
import { useState } from 'react';
import { download, useGet } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { StateBadge } from '../ui/badge.jsx';
import { fold } from '../ui/fold.js';
import { unitText } from '../ui/number.jsx';
import { Answer, ErrorBox } from '../ui/state.jsx';
import { StandingCard } from './standing_card.jsx';

function PlaceNow() {
  const { t } = useWords();
  return (
    <StandingCard title={t('public.place')}>
      <p><Link className="button" to={hrefOf([])}>{t('public.openPlace')}</Link></p>
    </StandingCard>
  );
}

function Claim({ claim }) {
  const { exact, day } = useWords();
  return (
    <li className="claim">
      <p><StateBadge value={claim.state} /> <strong>{claim.statement}</strong></p>
      <p className="soft">
        {[claim.party_label, claim.value !== null && `${exact(claim.value)} ${unitText(claim.unit)}`,
          claim.period_from && `${day(claim.period_from)}–${day(claim.period_to)}`, claim.code]
          .filter(Boolean).join(' · ')}
      </p>
      {claim.reason && <p className="soft">{claim.reason}</p>}
    </li>
  );
}

const CLAIMS_SHOWN = 5;

function VerifyClaim() {
  const { t } = useWords();
  const claims = useGet('/api/v1/core/reports/public_claims');
  const [wanted, setWanted] = useState('');
  const matches = (claim) => fold(`${claim.code} ${claim.statement} ${claim.party_label ?? ''}`)
    .includes(fold(wanted).trim());
  return (
    <section className="card">
      <h2>{t('public.verify')}</h2>
      <p>{t('public.verifyHow')}</p>
      <label className="field">
        <span>{t('public.claim')}</span>
        <input type="search" value={wanted} onChange={(event) => setWanted(event.target.value)} />
      </label>
      <Answer of={claims}>{({ items }) => {
        const found = items.filter(matches);
        if (!items.length) return <p className="soft">{t('public.noClaims')}</p>;
        if (!found.length) return <p role="status">{t('public.notFound')}</p>;
        return <ul className="plain claims">{found.slice(0, CLAIMS_SHOWN).map((claim) => (
          <Claim key={claim.code} claim={claim} />))}</ul>;
      }}</Answer>
    </section>
  );
}

/* Tables that everybody may read, by the words of the catalogue. */
const TABLES = [
  { name: 'targets', path: '/api/v1/programme/targets' },
  { name: 'results', path: '/api/v1/programme/results' },
  { name: 'prices', path: '/api/v1/core/dated' },
  { name: 'places', path: '/api/v1/core/places' },
];

function Files({ table, onProblem }) {
  const { t } = useWords();
  const take = (ending) => download(`${table.path}.${ending}`, `${table.name}.${ending}`)
    .catch(onProblem);
  return (
    <li className="open-table">
      <div>
        <h3>{t(`open.${table.name}`)}</h3>
        <p className="soft">{t(`open.${table.name}.what`)}</p>
      </div>
      <div className="actions">
        {['csv', 'xlsx'].map((ending) => (
          <button key={ending} type="button" onClick={() => take(ending)}
            aria-label={`${t(`open.${table.name}`)}: ${ending.toUpperCase()}`}>{ending.toUpperCase()}</button>
        ))}
        <a className="button" href={`${table.path}?limit=1000`}
          aria-label={`${t(`open.${table.name}`)}: JSON`}>JSON</a>
      </div>
    </li>
  );
}

function OpenData() {
  const { t } = useWords();
  const [problem, setProblem] = useState(null);
  return (
    <section className="card">
      <h2>{t('public.data')}</h2>
      <ul className="plain">{TABLES.map((table) => (
        <Files key={table.name} table={table} onProblem={setProblem} />))}</ul>
      {problem && <ErrorBox problem={problem} />}
      <p className="soft">{t('open.licence')}</p>
      <p>{t('open.api')} <a href="/api/openapi.json"><code>{window.location.origin}/api/v1</code></a></p>
    </section>
  );
}

export function PublicHome() {
  return (
    <>
      <PlaceNow />
      <VerifyClaim />
      <OpenData />
    </>
  );
}
