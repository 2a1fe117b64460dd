/* wishes.jsx: what only whoever brings the file can know: the year, the decimal mark, the medium, the
 * sheet, the tariff. What is asked stands first and is marked; the rest may be changed. */
import { useWords } from '../i18n/index.js';

const MEDIA = ['electricity', 'water', 'gas', 'fuel'];
const YEARS = Array.from({ length: 12 }, (_, i) => new Date().getFullYear() + 1 - i);

function Choice({ label, value, options, onChange, isBusy }) {
  return (
    <label className="field">
      <span>{label}</span>
      <select value={value} disabled={isBusy} onChange={(event) => onChange(event.target.value)}>
        {options.map(([name, text]) => <option key={name} value={name}>{text}</option>)}
      </select>
    </label>
  );
}

export function Questions({ look, wishes, onWish, isBusy }) {
  const { t, pick } = useWords();
  const options = {
    decimal: [['', t('bring.choose')], [',', '1.234,5'], ['.', '1,234.5']],
    year: [['', t('bring.choose')], ...YEARS.map((year) => [String(year), String(year)])],
    medium: [['', t('bring.choose')], ...MEDIA.map((medium) => [medium, t(`bring.medium.${medium}`)])],
  };
  return (
    <section className="panel notice-warn" aria-labelledby="questions-title">
      <h2 id="questions-title">{t('bring.questions')}</h2>
      <div className="questions">
        {look.questions.map((question) => (options[question.id] ? (
          <Choice key={question.id} label={pick(question, 'text')} value={wishes[question.id] ?? ''}
            options={options[question.id]} isBusy={isBusy}
            onChange={(value) => onWish({ [question.id]: value })} />
        ) : <p key={question.id}>{pick(question, 'text')}</p>))}
      </div>
    </section>
  );
}

export function Wishes({ look, wishes, onWish, isBusy }) {
  const { t, pick } = useWords();
  const media = [...new Set(look.tariffs.map((tariff) => tariff.medium))];
  const sheets = look.sheets.map((sheet) => [String(sheet.index), sheet.name || String(sheet.index)]);
  return (
    <div className="questions">
      {look.sheets.length > 1 && (
        <Choice label={t('bring.sheet')} value={wishes.sheet ?? ''} isBusy={isBusy}
          options={[['', t('bring.allSheets')], ...sheets]} onChange={(sheet) => onWish({ sheet, roles: {} })} />
      )}
      {media.map((medium) => (
        <Choice key={medium} label={t('bring.tariff', { medium: t(`bring.medium.${medium}`) })}
          value={look.tariffs.find((one) => one.medium === medium && one.is_chosen)?.code ?? ''}
          isBusy={isBusy}
          options={[['', t('bring.byAmounts')], ...look.tariffs.filter((one) => one.medium === medium)
            .map((one) => [one.code, pick(one, 'label')])]}
          onChange={(code) => onWish({ tariffs: { ...wishes.tariffs, [medium]: code } })} />
      ))}
    </div>
  );
}
