/* lines.jsx: the accounts of a run: what each measured, bears and pays; what is unusual, incomplete or
 * cannot be billed; in a correction what the version before said. */
import { useState } from 'react';
import { download } from '../api.js';
import { useWords } from '../i18n/index.js';
import { Link, hrefOf } from '../route.jsx';
import { Badge } from '../ui/badge.jsx';
import { unitText } from '../ui/number.jsx';
import { ErrorBox } from '../ui/state.jsx';
import { Why } from '../ui/why.jsx';

const ROLES = ['tenant', 'common', 'main', 'solar', 'export'];

function Flags({ line }) {
  const { t, exact, number, pick } = useWords();
  const change = line.change_percent;
  const sign = change > 0 ? '+' : '−';
  if (!line.problem_en && !line.is_incomplete && !line.is_unusual) return null;
  return (
    <span className="run-flags">
      {line.problem_en && <Badge kind="warn">{pick(line, 'problem')}</Badge>}
      {line.is_incomplete && <Badge kind="warn">{t('billing.missing', { n: exact(line.missing_days) })}</Badge>}
      {line.is_unusual && (
        <Badge kind="warn">
          {change === null || change === undefined ? t('billing.new')
            : t('billing.change', { percent: `${sign}${number(Math.abs(change))}` })}
        </Badge>
      )}
    </span>
  );
}

/* A number, and what it was in the version before where that differs. */
function Changed({ now, old, show }) {
  const isOther = old !== null && old !== undefined && Number(old) !== Number(now);
  if (!isOther) return show(now);
  return <><del className="soft">{show(old)}</del> <ins>{show(now)}</ins></>;
}

function BillLinks({ line, lang, onProblem }) {
  const { t } = useWords();
  if (!line.bill) return null;
  const save = () => download(`/api/v1/bills/${line.bill}/statement.pdf?lang=${lang}`,
    `${line.number.replaceAll('/', '-')}.pdf`).catch(onProblem);
  return (
    <span className="run-links">
      <Link to={hrefOf(['records', 'core', 'bills', String(line.bill)])}>{t('billing.bill')}</Link>
      <button type="button" className="link" onClick={save} aria-label={t('billing.pdfOf', { name: line.name })}>PDF</button>
    </span>
  );
}

function Row({ line, run, onProblem }) {
  const { t, lang, exact, moneyMinor } = useWords();
  const isTenant = line.role === 'tenant';
  const show = (amount) => exact(amount);
  const cell = (key, content) => <td className="num" data-label={t(`billing.${key}`)}><span>{content}</span></td>;
  return (
    <tr>
      <td className="run-name">
        <strong>{line.name}</strong>
        <span className="soft block">{line.series_code}</span>
        <Flags line={line} />
      </td>
      {cell('measured', (
        <>
          {show(line.measured)}{' '}
          <Why label={line.name} about={{ series: line.series_code, from: run.period_from, to: run.period_to }} />
        </>
      ))}
      {cell('previous', show(line.previous))}
      {isTenant && cell('share_common', show(line.share_common))}
      {isTenant && cell('share_losses', show(line.share_losses))}
      {isTenant && cell('billed', <Changed now={line.billed} old={line.old_billed} show={show} />)}
      {isTenant && cell('total', (
        <Changed now={line.total} old={line.old_total} show={(amount) => moneyMinor(amount, run.currency)} />
      ))}
      {isTenant && <td className="num run-last"><BillLinks {...{ line, lang, onProblem }} /></td>}
    </tr>
  );
}

const TENANT_HEADS = ['measured', 'previous', 'share_common', 'share_losses', 'billed', 'total'];

function Table({ run, role, lines, onProblem }) {
  const { t } = useWords();
  const heads = role === 'tenant' ? TENANT_HEADS : TENANT_HEADS.slice(0, 2);
  const unit = unitText(run.unit);
  return (
    <div>
      <h3 id={`run-${role}`}>{t(`billing.role.${role}`)} <span className="soft">({unit})</span></h3>
      <div className="scroll" tabIndex={0} role="region" aria-labelledby={`run-${role}`}>
        <table className="run-table">
          <thead>
            <tr>
              <th>{t('billing.account')}</th>
              {heads.map((head) => <th key={head} className="num">{t(`billing.${head}`)}</th>)}
              {role === 'tenant' && <th><span className="hidden">{t('billing.bill')}</span></th>}
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => <Row key={line.account} {...{ line, run, onProblem }} />)}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/* Very many are not drawn at once. */
const SHOWN_FIRST = 200;

export function Lines({ run }) {
  const { t, exact } = useWords();
  const [problem, setProblem] = useState(null);
  const [isAll, setAll] = useState(false);
  const shown = isAll ? run.lines : run.lines.slice(0, SHOWN_FIRST);
  return (
    <section className="panel" aria-label={t('billing.accounts')}>
      {problem && <ErrorBox problem={problem} />}
      {ROLES.map((role) => [role, shown.filter((line) => line.role === role)])
        .filter(([, lines]) => lines.length > 0)
        .map(([role, lines]) => <Table key={role} {...{ run, role, lines }} onProblem={setProblem} />)}
      {!isAll && run.lines.length > SHOWN_FIRST && (
        <button type="button" onClick={() => setAll(true)}>{t('billing.all', { n: exact(run.lines.length) })}</button>
      )}
    </section>
  );
}
