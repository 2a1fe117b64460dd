/* chart.jsx: the frame of every chart: its title and unit, one line that reads out what the pointer
 * or the arrow keys are at, the drawing, its legend, the same as a table, and downloads. */
import { useId, useRef, useState } from 'react';
import { useWords } from '../i18n/index.js';
import { saveCsv, savePng, saveSvg } from './download.js';

function DataTable({ columns: all, rows, label }) {
  const columns = all.filter(({ isForFile }) => !isForFile);
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>{columns.map((column) => (
            <th key={column.name} className={column.isNumber ? 'num' : undefined}>{column.label}</th>
          ))}</tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i}>{columns.map((column) => (
              <td key={column.name} className={column.isNumber ? 'num' : undefined}>
                {column.show ? column.show(row) : row[column.name]}
              </td>
            ))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Tools({ isTable, onTable, onSave, formats }) {
  const { t } = useWords();
  return (
    <div className="chart-tools no-print">
      <button type="button" aria-pressed={isTable} onClick={onTable}>{t('chart.table')}</button>
      {formats.map((format) => (
        <button key={format} type="button" onClick={() => onSave(format)}
          aria-label={t('chart.download', { format })}>{format}</button>
      ))}
    </div>
  );
}

/* columns: [{name, label, isNumber, show(row), isForFile}]; the CSV has the raw values of `rows`,
 * also of columns that are only for it. */
export function ChartFrame({
  title, subtitle, lead, readout, legend, foot, columns, rows, fileName, children,
  formats = ['CSV', 'PNG', 'SVG'], isTableFirst = false, hasReadout = true,
}) {
  const { t } = useWords();
  const id = useId();
  const body = useRef(null);
  const [wanted, setTable] = useState(null);
  const isTable = wanted ?? isTableFirst;
  const onSave = (format) => {
    const svg = body.current?.querySelector('svg.plot');
    if (format === 'CSV') {
      saveCsv(fileName, [columns.map((column) => column.name),
        ...rows.map((row) => columns.map((column) => row[column.name]))]);
    } else if (svg && format === 'SVG') saveSvg(fileName, svg);
    else if (svg) savePng(fileName, svg);
  };
  const offered = formats.filter((f) => f === 'CSV' || !isTable);
  return (
    <figure className="chart" aria-labelledby={id}>
      <figcaption>
        <div>
          <h2 id={id}>{title}</h2>
          {subtitle && <p className="soft">{subtitle}</p>}
        </div>
        <Tools isTable={isTable} onTable={() => setTable(!isTable)} onSave={onSave}
          formats={offered} />
      </figcaption>
      {lead}
      {!isTable && hasReadout && <p className="readout" aria-hidden="true">{readout || '\u00a0'}</p>}
      <div ref={body}>
        {isTable ? <DataTable columns={columns} rows={rows} label={t('chart.table')} /> : children}
      </div>
      {!isTable && legend}
      {foot}
    </figure>
  );
}

/* Over the drawing: the pointer picks, and so do the arrow keys, as with a slider. */
export function Picker({ count, at, onPick, onOpen, xToIndex, label, valueText }) {
  const move = (to) => onPick(Math.max(0, Math.min(count - 1, to)));
  const keys = {
    ArrowLeft: () => move((at ?? count) - 1), ArrowDown: () => move((at ?? count) - 1),
    ArrowRight: () => move((at ?? -1) + 1), ArrowUp: () => move((at ?? -1) + 1),
    Home: () => move(0), End: () => move(count - 1), Escape: () => onPick(null),
    Enter: () => at !== null && onOpen?.(at),
  };
  const onKeyDown = (event) => {
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  };
  const indexOf = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    return xToIndex(event.clientX - box.left);
  };
  /* A finger picks first and opens with the second touch. */
  const onClick = (event) => {
    const i = indexOf(event);
    if (event.nativeEvent.pointerType === 'touch' && i !== at) onPick(i);
    else if (i !== null) onOpen?.(i);
  };
  return (
    <div className={onOpen ? 'picker picker-opens' : 'picker'} role="slider" tabIndex={0}
      aria-label={label} aria-valuemin={0} aria-valuemax={Math.max(0, count - 1)}
      aria-valuenow={at ?? 0} aria-valuetext={valueText} onKeyDown={onKeyDown}
      onPointerMove={(event) => event.pointerType !== 'touch' && onPick(indexOf(event))}
      onPointerLeave={(event) => event.pointerType !== 'touch' && onPick(null)}
      onBlur={() => onPick(null)} onClick={onClick} />
  );
}
