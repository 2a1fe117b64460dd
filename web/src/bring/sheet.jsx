/* sheet.jsx: a sheet as it was understood: over each column what it is taken for, to be chosen
 * otherwise; beside each row what is wrong with it. Where months go across, the rows are chosen. */
import { useWords } from '../i18n/index.js';

const SHOWN_COLUMNS = 40;

const letterOf = (index) => {
  let text = '';
  for (let n = index + 1; n > 0; n = Math.floor((n - 1) / 26)) {
    text = String.fromCharCode(65 + ((n - 1) % 26)) + text;
  }
  return text;
};

function RoleSelect({ column, roles, onChange, isBusy }) {
  const { t, pick } = useWords();
  return (
    <select value={column.role} disabled={isBusy} title={pick(column, 'why')}
      aria-label={t('bring.roleOf', { column: column.name || column.id })}
      onChange={(event) => onChange(column.id, event.target.value)}>
      {roles.map((role) => (
        <option key={role.role} value={role.role}>{pick(role, 'label')}</option>
      ))}
    </select>
  );
}

function FaultRow({ faults, span }) {
  const { pick } = useWords();
  return (
    <tr className="fault-row">
      <td className="row-number" />
      <td colSpan={span}>
        <span>
          {faults.map((fault) => (
            `${fault.cell}${fault.other ? ` (${fault.other})` : ''}: ${pick(fault, 'text')}; ${pick(fault, 'do')}. `
          ))}
        </span>
      </td>
    </tr>
  );
}

function Head({ sheet, width, roles, onRole, isBusy }) {
  const { t } = useWords();
  const byId = new Map(sheet.columns.map((column) => [column.id, column]));
  return (
    <thead>
      <tr>
        <th><span className="hidden">{t('upload.row')}</span></th>
        {sheet.layout === 'across' && <th>{t('bring.role')}</th>}
        {Array.from({ length: width }, (_, i) => {
          const column = sheet.layout === 'across' ? null : byId.get(letterOf(i));
          return (
            <th key={i} scope="col">
              <span className="bring-letter">
                {letterOf(i)}{column?.medium && column.role !== 'skip' && ` · ${t(`bring.medium.${column.medium}`)}`}
              </span>
              {column && (
                <>
                  <br />
                  <RoleSelect column={column} roles={roles} onChange={onRole} isBusy={isBusy} />
                </>
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}

export function Sheet({ sheet, faults, roles, onRole, isBusy }) {
  const { t } = useWords();
  const width = Math.min(SHOWN_COLUMNS, Math.max(1, ...sheet.rows.map((row) => row.cells.length)));
  const byRow = new Map();
  for (const fault of faults.filter((one) => one.sheet === sheet.index)) {
    byRow.set(fault.row, [...(byRow.get(fault.row) ?? []), fault]);
  }
  const across = new Map(sheet.layout === 'across'
    ? sheet.columns.map((column) => [column.id, column]) : []);
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t('bring.table')}>
      <table className="sheet-table">
        <Head sheet={sheet} width={width} roles={roles} onRole={onRole} isBusy={isBusy} />
        <tbody>
          {sheet.rows.flatMap((row) => {
            const wrong = byRow.get(row.row) ?? [];
            const cells = new Set(wrong.map((fault) => fault.cell));
            const label = across.get(String(row.row));
            const names = [wrong.length > 0 && 'has-fault', row.row === sheet.header_row && 'is-header',
              row.row < sheet.header_row && 'is-skipped'].filter(Boolean).join(' ');
            return [
              <tr key={row.row} className={names || undefined}>
                <td className="row-number">{row.row}</td>
                {sheet.layout === 'across' && (
                  <td>{label && <RoleSelect column={label} roles={roles} onChange={onRole} isBusy={isBusy} />}</td>
                )}
                {Array.from({ length: width }, (_, i) => (
                  <td key={i} className={cells.has(`${letterOf(i)}${row.row}`) ? 'is-fault' : undefined}>
                    {row.cells[i] ?? ''}
                  </td>
                ))}
              </tr>,
              wrong.length > 0 && <FaultRow key={`${row.row} wrong`} faults={wrong}
                span={width + (sheet.layout === 'across' ? 1 : 0)} />,
            ].filter(Boolean);
          })}
        </tbody>
      </table>
      {sheet.row_count > sheet.rows.length && (
        <p className="soft">{t('bring.moreRows', { n: sheet.row_count - sheet.rows.length })}</p>
      )}
    </div>
  );
}
