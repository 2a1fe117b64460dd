/* flow.jsx: the main meter's period as a flow: what came in on the left, where it went on the right.
 * On a narrow page the right side alone, as one bar. All amounts are the server's; here they only
 * get their length. */
import { useWords } from '../i18n/index.js';
import { useSize } from '../ui/hooks.js';
import { unitText } from '../ui/number.jsx';

const HEIGHT = 320;
const ROOM = 56; /* below the last node, for its label */
const NARROW = 560;
const NODE = 14;
const GAP = 12;

const value = (amount) => Math.max(0, Number(amount ?? 0));

/* Sides of the balance, what is nothing left out. */
function sidesOf(run) {
  const ins = [['main', run.from_main], ['solar', run.from_solar]];
  const outs = [['tenants', run.tenants], ['common', run.common], ['exported', run.exported],
    ['losses', run.losses]];
  const some = (list) => list.map(([name, amount]) => ({ name, amount })).filter((one) => value(one.amount) > 0);
  return { ins: some(ins), outs: some(outs) };
}

/* Tenants one by one within their part of the right side, largest first. */
function slicesOf(run) {
  return run.lines.filter((line) => line.role === 'tenant').map((line) => value(line.measured))
    .filter(Boolean).sort((a, b) => b - a);
}

function stack(nodes, scale) {
  let y = 0;
  return nodes.map((node) => {
    const height = Math.max(2, value(node.amount) * scale);
    const placed = { ...node, y, height };
    y += height + GAP;
    return placed;
  });
}

const ribbon = (x0, y0, h0, x1, y1, h1) => {
  const middle = (x0 + x1) / 2;
  return `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}V${y1 + h1}`
    + `C${middle} ${y1 + h1} ${middle} ${y0 + h0} ${x0} ${y0 + h0}Z`;
};

/* Where labels stand: beside their node, or as near as the one before and the edge allow. */
const LABEL = 38;
function labelsOf(nodes) {
  const at = nodes.map((node) => node.y + node.height / 2);
  for (let i = 0; i < at.length; i += 1) at[i] = Math.max(at[i], i > 0 ? at[i - 1] + LABEL : 10);
  for (let i = at.length - 1; i >= 0; i -= 1) {
    at[i] = Math.min(at[i], i + 1 < at.length ? at[i + 1] - LABEL : HEIGHT - 30);
  }
  return at;
}

/* Each input goes to each output in proportion: which kilowatt-hour went where nobody can say. */
function ribbonsOf(ins, outs) {
  const total = ins.reduce((sum, one) => sum + value(one.amount), 0);
  const from = ins.map((one) => one.y);
  const to = outs.map((one) => one.y);
  const all = [];
  ins.forEach((a, i) => outs.forEach((b, k) => {
    const leaves = a.height * (value(b.amount) / outs.reduce((sum, one) => sum + value(one.amount), 0));
    const comes = b.height * (value(a.amount) / total);
    all.push({ key: `${a.name}-${b.name}`, name: b.name, y0: from[i], h0: leaves, y1: to[k], h1: comes });
    from[i] += leaves;
    to[k] += comes;
  }));
  return all;
}

function Slices({ run, node, x }) {
  const slices = slicesOf(run);
  const total = slices.reduce((sum, one) => sum + one, 0);
  let y = node.y;
  return slices.slice(0, 60).map((one, i) => {
    y += node.height * (one / total);
    return <line key={i} x1={x} x2={x + NODE} y1={y} y2={y} className="flow-cut" />;
  });
}

function Wide({ run, width, label }) {
  const { t, exact } = useWords();
  const { ins, outs } = sidesOf(run);
  const largest = Math.max(...[ins, outs].map((side) => side.reduce((sum, one) => sum + value(one.amount), 0)));
  const most = Math.max(ins.length, outs.length) - 1;
  const scale = (HEIGHT - most * GAP - ROOM) / (largest || 1);
  const left = stack(ins, scale);
  const right = stack(outs, scale);
  const leftLabels = labelsOf(left);
  const rightLabels = labelsOf(right);
  const text = 190;
  const x1 = width - text - NODE;
  const unit = unitText(run.unit);
  return (
    <svg className="flow" width={width} height={HEIGHT} role="img" aria-label={label}>
      <g transform="translate(0 4)">
        {ribbonsOf(left, right).map((one) => (
          <path key={one.key} className={`flow-ribbon flow-${one.name}`}
            d={ribbon(text + NODE, one.y0, one.h0, x1, one.y1, one.h1)} />
        ))}
        {left.map((node, i) => (
          <g key={node.name}>
            <rect x={text} y={node.y} width={NODE} height={node.height} rx="3" className={`flow-node flow-${node.name}`} />
            <text x={text - 10} y={leftLabels[i]} textAnchor="end">
              <tspan className="flow-name">{t(`billing.${node.name}`)}</tspan>
              <tspan x={text - 10} dy="1.25em">{exact(node.amount)} {unit}</tspan>
            </text>
          </g>
        ))}
        {right.map((node, i) => (
          <g key={node.name}>
            <rect x={x1} y={node.y} width={NODE} height={node.height} rx="3" className={`flow-node flow-${node.name}`} />
            {node.name === 'tenants' && <Slices run={run} node={node} x={x1} />}
            <text x={x1 + NODE + 10} y={rightLabels[i]}>
              <tspan className="flow-name">{t(`billing.${node.name}`)}</tspan>
              <tspan x={x1 + NODE + 10} dy="1.25em">{exact(node.amount)} {unit}</tspan>
            </text>
          </g>
        ))}
      </g>
    </svg>
  );
}

function Narrow({ run, label }) {
  const { t, exact } = useWords();
  const { outs } = sidesOf(run);
  return (
    <div role="img" aria-label={label}>
      <div className="flow-bar">
        {outs.map(({ name, amount }) => (
          <span key={name} className={`flow-${name}`} style={{ flexGrow: value(amount) }} />
        ))}
      </div>
      <ul className="flow-legend">
        {outs.map(({ name, amount }) => (
          <li key={name}>
            <span className={`flow-dot flow-${name}`} aria-hidden="true" />
            <span>{t(`billing.${name}`)}</span>
            <strong>{exact(amount)} {unitText(run.unit)}</strong>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function Flow({ run }) {
  const { pick } = useWords();
  const { ref, width } = useSize();
  const label = pick(run, 'sentence');
  return (
    <div ref={ref} className="flow-box">
      {width >= NARROW ? <Wide run={run} width={width} label={label} /> : width > 0 && <Narrow run={run} label={label} />}
    </div>
  );
}
