/*
 * A small stand-in for the program: the page's files and the API's shapes with sample data that is
 * the same each time. For the look of the page and for answers that the program does not give on
 * demand (a gap, an estimate, a conflict). Numbers here are samples, not a second truth: what the
 * program computes is tested against the program.
 *
 *   node tests/web/mock.mjs [PORT]       then open http://127.0.0.1:PORT
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { meta } from './mock_meta.mjs';
import { TARGETS, UNITS, placeMap, placeStanding, targetFirms } from './mock_place.mjs';

const WEB = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'web');
const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const DAY_MS = 86400000;
const ZONE_MS = 7 * 3600000;
const POLICY = "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
  + "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/* ---- the page's files ---- */

function bundle() {
  const out = mkdtempSync(join(tmpdir(), 'xanh-web-'));
  execFileSync('esbuild', [join(WEB, 'src', 'main.jsx'), '--bundle', '--minify', '--format=esm',
    '--target=es2020', '--jsx=automatic', '--charset=utf8', '--log-level=warning',
    '--define:process.env.NODE_ENV="production"', `--outfile=${join(out, 'app.js')}`],
  { env: { ...process.env, NODE_PATH: '/usr/share/nodejs' } });
  return out;
}

/* ---- sample numbers ---- */

const at = (ms) => `${new Date(ms + ZONE_MS).toISOString().slice(0, 19)}+07:00`;
const dayMs = (text) => Date.parse(`${text.slice(0, 10)}T00:00:00+07:00`);
const noise = (n) => { const x = Math.sin(n * 127.1) * 43758.5453; return x - Math.floor(x); };
const dailyKwh = (day) => Math.round((6 + 3 * noise(day) + 2 * Math.sin(day / 58)) * 100) / 100;

const HOMES = Array.from({ length: 10 }, (_, i) => i + 1);
const places = [{ id: 100, version: 1, code: 'site', name: 'Khu dân cư Xanh', kind: 'site' },
  ...HOMES.map((n) => ({ id: n, version: 1, code: `home-${n}`, name: `Nhà ${n}`, kind: 'building',
    parent: 100, parent_label: 'Khu dân cư Xanh' }))];
const parties = HOMES.map((n) => ({ id: n, version: 1, state: null, code: `home-${n}`,
  name: `Hộ nhà ${n}`, kind: 'household', place: n, place_label: `Nhà ${n}`, heads: 3 + (n % 3),
  created: at(Date.now() - 400 * DAY_MS), updated: at(Date.now() - 400 * DAY_MS), may: ['edit'] }));
const series = HOMES.flatMap((n) => ['electricity', 'water'].map((kind, k) => ({
  id: 2 * n + k, version: 1, code: `home-${n}/${kind}`, name: k ? 'Nước' : 'Điện', place: n,
  place_label: `Nhà ${n}`, device_label: k ? 'Đồng hồ nước' : 'Công tơ điện', kind: 'register',
  unit: k ? 'm3' : 'kWh', tariff: k ? '' : 'evn-residential', direction: 'use', owner: n })));

const PRICES = [[0, 50, 1984], [50, 100, 2050], [100, 200, 2380], [200, 300, 2998],
  [300, 400, 3350], [400, null, 3460]];
const dated = PRICES.map(([from, to, price], i) => ({
  id: 500 + i, version: 1, code: `E-R-2025-05-10-${i + 1}`, table_name: 'price',
  key: 'evn-residential', item: `tier ${i + 1}`, variant: null, value: price, unit: 'VND/kWh',
  quantity_from: from, quantity_to: to, valid_from: '2025-05-10', valid_to: null,
  document: '1279/QD-BCT', source: 'public code repositories', verified: 'yes' }));

/* A month of home 7 has everything that can be unusual about a day. */
const UNUSUAL = { 4: null, 5: null, 8: ['estimated'], 9: ['estimated'], 12: ['corrected'],
  14: ['reset'], 17: ['suspect'] };

function windowsOf(query, now) {
  const to = dayMs(query.to);
  const windows = [];
  for (let from = dayMs(query.from); from < to;) {
    const local = new Date(from + ZONE_MS);
    const length = query.period === 'hour' ? 3600000 : query.period === 'month'
      ? Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 1) - ZONE_MS - from : DAY_MS;
    const day = Math.floor((from + ZONE_MS) / DAY_MS);
    const unusual = query.period === 'day' && query.series === 'home-7/electricity'
      ? UNUSUAL[local.getUTCDate()] : undefined;
    const isKnown = from < now && unusual !== null;
    const amount = query.period === 'hour' ? dailyKwh(day) / 24 * (0.4 + 1.2 * noise(from / 36e5))
      : dailyKwh(day) * length / DAY_MS;
    windows.push({ from: at(from), to: at(from + length),
      amount: isKnown ? Math.round(amount * 100) / 100 : null,
      flags: [...(unusual ?? []), ...(isKnown ? ['simulated'] : [])],
      readings: isKnown ? 48 : 0, covered: isKnown ? 1 : 0 });
    from += length;
  }
  return windows;
}

const total = (windows) => Math.round(windows.reduce((sum, w) => sum + (w.amount ?? 0), 0) * 100) / 100;
const vi = (n) => new Intl.NumberFormat('vi-VN', { maximumFractionDigits: 1 }).format(n);

function use(query, now) {
  const windows = windowsOf(query, now);
  const sum = total(windows);
  const shift = query.compare === 'year' ? 365 * DAY_MS : dayMs(query.to) - dayMs(query.from);
  const before = query.compare && query.compare !== 'none' ? windowsOf({ ...query, series: '',
    from: at(dayMs(query.from) - shift).slice(0, 10), to: at(dayMs(query.to) - shift).slice(0, 10) },
  now) : null;
  const isWater = /water/.test(query.series ?? query.quantity);
  const unit = isWater ? 'm3' : 'kWh';
  return { unit, zone: 'Asia/Ho_Chi_Minh', period: query.period, from: query.from, to: query.to,
    windows, total: sum, series_count: query.place ? 10 : 1, silent_count: query.place ? 1 : 0,
    compare: before && { windows: before, total: total(before), change_percent: -12 },
    sentence_vi: `${vi(sum)} ${unit}, ít hơn 12 % so với kỳ trước (tính đến nay).`,
    sentence_en: `${sum} ${unit}, 12 % less than in the time before (so far).`,
    ghg: isWater ? null : { kgco2: Math.round(sum * 65.92) / 100, factor: 0.6592,
      factor_unit: 'tCO2/MWh', factor_year: 2023, document: 'Cục Biến đổi khí hậu',
      row: 'F-GRID-VN-2023', verified: 'yes' } };
}

function readings(query, now, extra) {
  const items = [];
  const to = Math.min(dayMs(query.to), now);
  let register = 10000;
  for (let ms = dayMs(query.from), seq = 1; ms < to; ms += 1800000, seq += 1) {
    register += dailyKwh(Math.floor((ms + ZONE_MS) / DAY_MS)) / 48;
    const day = new Date(ms + ZONE_MS).getUTCDate();
    if (UNUSUAL[day] === null) continue;
    const isMarked = seq % 200 === 50;
    const value = Math.round(register * 100) / 100;
    if (isMarked) {
      items.push({ time: at(ms), value: value + 40, seq: 9000 + seq, arrival: at(ms + 60000),
        quality: ['simulated'], in_force: false });
    }
    items.push({ time: at(ms), value, seq, arrival: at(ms + (isMarked ? DAY_MS : 60000)),
      quality: isMarked ? ['late', 'simulated'] : ['simulated'], in_force: true });
  }
  return { series: { code: query.series }, unit: 'kWh', items: [...items, ...extra], next: null };
}

function bill(query) {
  let left = 214;
  const lines = [];
  PRICES.forEach(([from, to, price], i) => {
    const quantity = Math.min(left, (to ?? Infinity) - from);
    if (quantity <= 0) return;
    left -= quantity;
    lines.push({ component: 'energy', item: `tier ${i + 1}`, day_from: `${query.month}-01`,
      day_to: `${query.month}-30`, quantity, unit: 'kWh', price, price_unit: 'VND/kWh',
      amount: quantity * price, row: 500 + i, row_code: dated[i].code, document: '1279/QD-BCT',
      verified: 'yes', is_disputed: false, limit_from: from, limit_to: to,
      sentence_vi: `${quantity} kWh × ${vi(price)} ₫ = ${vi(quantity * price)} ₫ (bậc ${i + 1})`,
      sentence_en: `${quantity} kWh × ${price} ₫ = ${quantity * price} ₫ (tier ${i + 1})` });
  });
  const net = lines.reduce((sum, line) => sum + line.amount, 0);
  const tax = Math.round(net * 0.08);
  lines.push({ component: 'vat', item: 'vat', price: 8, price_unit: '%', base: net, amount: net * 0.08,
    row_code: 'P-VAT-E-2025-07-01', document: '174/2025/ND-CP', verified: 'partial',
    limit_from: null, limit_to: null, sentence_vi: `8 % × ${vi(net)} ₫ = ${vi(net * 0.08)} ₫ (thuế GTGT)`,
    sentence_en: `8 % × ${net} ₫ = ${net * 0.08} ₫ (VAT)` });
  return { id: 0, version: 0, state: null, number: '', tariff: 'evn-residential',
    period_from: `${query.month}-01`, quantity: 214, unit: 'kWh', currency: 'VND', net, tax,
    total: net + tax, heads: 1, flags: 1 | 256, note: '', lines, as_known: at(Date.now()),
    sentence_vi: `EVN sinh hoạt sáu bậc: 214 kWh, ${vi(net + tax)} ₫, trong đó thuế ${vi(tax)} ₫.`,
    sentence_en: `EVN homes, six tiers: 214 kWh, ${net + tax} ₫, of which tax ${tax} ₫.` };
}

const why = (query) => ({
  title_vi: 'Điện đã dùng', title_en: 'Electricity used', value: query.dated ? 0.6592 : 214,
  unit: query.dated ? 'tCO2/MWh' : 'kWh', formula_vi: 'Chỉ số cuối kỳ trừ chỉ số đầu kỳ',
  formula_en: 'The meter at the end less the meter at the start',
  parts: [{ label_vi: 'Chỉ số cuối kỳ', label_en: 'Meter at the end', value: 10214.5, unit: 'kWh' },
    { label_vi: 'Chỉ số đầu kỳ', label_en: 'Meter at the start', value: 10000.5, unit: 'kWh' }],
  missing: query.indicator ? [{ label: 'Chợ Đồng Xuân' }] : [],
  rows: [{ ...dated[2], is_disputed: false, href: '/api/v1/core/dated/502' }],
  readings: [{ time: at(Date.now() - 3600000), value: 10214.5, seq: 9, quality: ['late'], in_force: true },
    { time: at(Date.now() - 3600000), value: 10254.5, seq: 8, quality: [], in_force: false }],
  versions: [{ version: 1, at: at(Date.now() - DAY_MS), who: 'operator', verb: 'issue' }],
});

/* ---- records that can be changed ---- */

function freshStore() {
  const stamp = { created: at(Date.now() - DAY_MS), updated: at(Date.now() - DAY_MS) };
  return {
    'core/parties': parties.map((party) => ({ ...party })), 'core/places': places,
    'core/series': series, 'core/dated': dated, 'core/bills': [], 'core/duties': [],
    'core/balances': [{ id: 1, version: 1, state: null, title: 'Lộ 471', period_from: '2026-10-01',
      period_to: '2026-11-01', unit: 'kWh', loss: 120.5, ...stamp, may: ['edit'],
      terms: [{ side: 'in', label: 'Trạm', amount: 5000 }, { side: 'out', label: 'Nhà', amount: 4879.5 }] }],
    'programme/reports': [{ id: 1, version: 2, state: 'submitted', title: 'Báo cáo của chợ Mơ', party: 3,
      party_label: 'Hộ nhà 3', period_from: '2026-07-01', ...stamp, may: ['return', 'approve'] }],
    'programme/targets': [
      { id: 1, version: 1, code: 'T889-01', document: 'Decision 889/QD-TTg', scope: 'industrial zones',
        indicator: 'share of industrial zones made aware of sustainable consumption', comparator: 'range',
        value_min: 70, value_max: 80, unit: '%', period_from: 2021, period_to: 2030, verified: 'yes' },
      { id: 2, version: 1, code: 'THN26-02', document: 'Hanoi plan 2026', scope: 'wards and communes',
        indicator: 'share of wards and communes running awareness work', comparator: '>=',
        value_min: 80, value_max: null, unit: '%', period_from: 2026, period_to: 2026,
        verified: 'partial' }],
  };
}

const problem = (status, code, detail, more = {}) => ({
  status, body: { type: 'about:blank', title: code, status, code, detail, ...more } });

function check(body, isNew) {
  if (body.heads !== undefined && body.heads !== null && body.heads < 1) {
    return problem(400, 'INVALID', 'heads is 0, the least is 1 person',
      { field: 'heads', value: '0', limit: '1 to 100000', unit: 'person' });
  }
  const row = (body.terms ?? []).findIndex((term) => Number(term.amount) < 0);
  if (row >= 0) {
    return problem(400, 'INVALID', `terms[${row}].amount is less than 0`, { field: 'amount', limit: '0 or more' });
  }
  return isNew && body.code === 'home-7'
    ? problem(409, 'CONFLICT', 'there is a party with the code "home-7" already', { field: 'code' }) : null;
}

function records(state, method, path, query, body, headers) {
  const found = /^\/api\/v1\/(\w+\/\w+?)(?:\/by\/code\/(.+)|\/(\d+)(?:\/(\w+))?)?$/.exec(path);
  const list = found && state.store[found[1]];
  if (!list) return null;
  const [, kind, code, id, verb] = found;
  const record = list.find((item) => (code ? item.code === decodeURIComponent(code) : item.id === Number(id)));
  if (!id && !code) {
    if (method === 'GET') {
      const filters = Object.entries(query).filter(([name]) => ['kind', 'state', 'key', 'place'].includes(name));
      return { status: 200, body: { next: null, items: list.filter((item) => filters
        .every(([name, value]) => String(item[name] ?? '') === value)) } };
    }
    const wrong = check(body, true);
    if (wrong) return wrong;
    const made = { id: 1000 + list.length, version: 1, state: null, may: ['edit'], created: at(Date.now()),
      updated: at(Date.now()), ...body };
    list.push(made);
    return { status: 201, body: made, etag: '"1"' };
  }
  if (!record) return problem(404, 'NOT_FOUND', `there is no record ${id ?? code} of ${kind}`);
  if (verb === 'history') {
    return { status: 200, body: { items: [
      { id: 1, at: record.created, who: 'operator', verb: 'create', version: 1, before: null, after: record },
      { id: 2, at: record.updated, who: 'operator', verb: 'update', version: 2,
        before: { ...record, name: 'Tên cũ' }, after: record }] } };
  }
  if (verb) {
    Object.assign(record, { state: { return: 'returned', approve: 'approved', submit: 'submitted' }[verb],
      review: body.reason ?? record.review, version: record.version + 1, may: [] });
  } else if (method === 'PATCH') {
    if (headers['if-match'] !== `"${record.version}"`) {
      return problem(412, 'PRECONDITION', `the record has version ${record.version}`);
    }
    const wrong = check(body, false);
    if (wrong) return wrong;
    Object.assign(record, body, { version: record.version + 1 });
  }
  return { status: 200, body: record, etag: `"${record.version}"` };
}

/* ---- the server ---- */

function api(state, method, path, query, body, headers) {
  const as = headers['xanh-view-as'] ?? 'operator';
  const now = state.now_ms ?? Date.now();
  switch (path) {
    case '/api/v1/meta': return { status: 200, body: meta };
    case '/api/v1/me': return { status: 200, body: { name: as, demo: true, party: null,
      roles: as === 'operator' ? ['operator', 'officer'] : [as.split('-')[0]] } };
    case '/api/v1/use': return { status: 200, body: use(query, now) };
    case '/api/v1/bill': return method === 'GET' ? { status: 200, body: bill(query) } : issue(state, body);
    case '/api/v1/why': return { status: 200, body: why(query) };
    case '/api/v1/readings': return method === 'POST' ? take(state, body)
      : { status: 200, body: readings(query, now, state.extra[query.series] ?? []) };
    case '/api/v1/readings/last': return { status: 200, body: { items: query.series.split(',').map((code) => (
      state.extra[code]?.at(-1) ?? { series: code, unit: /water/.test(code) ? 'm3' : 'kWh',
        time: at(now - 40000), value: 10214.52, age_s: 40, quality: ['simulated'] })) } };
    case '/api/v1/programme/do/target_standing': return { status: 200, body: query.target === '1'
      ? { value: null, numerator: 0, denominator: 12, missing: 12, verdict: 'not_known' }
      : { value: 62.5, numerator: 5, denominator: 8, missing: 1, verdict: 'behind' } };
    case '/api/v1/demo': return { status: 200, body: { is_demo: true, now: at(now), offset_days: 0,
      seed: 7, making: state.making ?? null } };
    case '/api/v1/core/reports/public_claims': return { status: 200, body: { items: [
      { code: 'C-1', statement: 'Bia mẫu: 188 MJ/hl', party: 1, party_label: 'Công ty Bia mẫu',
        value: 188, unit: 'MJ/hl', period_from: '2026-01-01', period_to: '2026-07-01', state: 'verified',
        reason: null, log_index: null }] } };
    default:
  }
  const plan = state.hasPlan ? planned(state, path, query) : null;
  if (plan) return { status: 200, body: plan };
  if (path.startsWith('/api/v1/indicators/')) {
    return { status: 200, body: path.endsWith('on_time')
      ? { value: 62.5, has_value: true, numerator: 5, denominator: 8, missing: 1 }
      : { value: null, has_value: false, numerator: 0, denominator: 12, missing: 12 } };
  }
  if (as === 'public' && /core\/(series|parties|bills)/.test(path)) {
    return problem(403, 'FORBIDDEN', '"public" may not read series');
  }
  const answer = records(state, method, path, query, body, headers);
  if (answer && as === 'resident-7' && path === '/api/v1/core/series') {
    answer.body.items = answer.body.items.filter((item) => item.owner === 7);
  }
  return answer ?? problem(404, 'NOT_FOUND', `there is nothing at ${path}`);
}

/* As the server does it: without marks. */
const folded = (text) => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').toLowerCase();
const unitsNamed = (q) => UNITS.filter(({ name }) => folded(name).includes(folded(q))).slice(0, 8)
  .map((unit) => ({ ...unit, kind: 'ward', parent_name: 'Hà Nội', parent_name_en: 'Hanoi' }));

/* A city with a plan, for who asks for one (state.hasPlan). */
function planned(state, path, query) {
  if (path === '/api/v1/programme/do/place_standing') return placeStanding(query, state);
  if (path === '/api/v1/programme/do/target_firms') return targetFirms();
  if (path === '/api/v1/places/2/map') return placeMap();
  if (path === '/api/v1/places/search') return { items: unitsNamed(query.q) };
  const target = /^\/api\/v1\/programme\/targets\/by\/code\/(.+)$/.exec(path);
  if (target) {
    const found = TARGETS.find(({ code }) => code === target[1]);
    return found && { ...found, version: 1, indicator: found.label_en, period_from: 2026, period_to: 2026,
      value_min: found.low, value_max: found.high, scope: 'Hà Nội', may: [] };
  }
  const place = /^\/api\/v1\/core\/places\/by\/code\/(.+)$/.exec(path);
  const unit = place && UNITS.find(({ code }) => code === place[1]);
  return unit && { ...unit, version: 1, kind: 'ward', parent: 2, parent_label: 'Thành phố Hà Nội',
    area_km2: 12.5, valid_from: '2025-07-01', source: 'sample', may: [] };
}

function issue(state, body) {
  const list = state.store['core/bills'];
  for (const old of list) old.state = 'superseded';
  const made = { ...bill({ month: body.month }), id: 700 + list.length, version: 1, state: 'issued',
    number: `${body.series}/${body.month}/r${list.length + 1}`, revision: list.length + 1,
    reason: body.reason ?? '', created: at(Date.now()), updated: at(Date.now()), may: [] };
  list.push(made);
  return { status: 201, body: made };
}

function take(state, body) {
  const row = { series: body.series, time: body.time ?? at(Date.now()), value: body.value, unit: 'kWh',
    seq: 20000 + state.taken, quality: body.quality ?? [], arrival: at(Date.now()), in_force: true };
  if (typeof body.value !== 'number') {
    return problem(400, 'INVALID', 'value must be a number', { field: 'value' });
  }
  state.taken += 1;
  (state.extra[body.series] ??= []).push(row);
  for (const stream of state.streams) {
    if (stream.codes.includes(body.series)) {
      stream.response.write(`event: reading\ndata: ${JSON.stringify(row)}\n\n`);
    }
  }
  return { status: 200, body: { taken: 1, rows: [{ row: 1, status: 'taken', seq: row.seq }] } };
}

function open(state, query, request, response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write(': here\n\n');
  const stream = { codes: (query.series ?? '').split(','), response };
  state.streams.add(stream);
  request.on('close', () => state.streams.delete(stream));
}

function file(out, path, response) {
  const names = [join(out, path), join(WEB, 'public', path)];
  const name = extname(path) ? names.find((one) => existsSync(one)) : join(WEB, 'src', 'index.html');
  if (!name) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'text/html; charset=utf-8',
    'Content-Security-Policy': POLICY });
  response.end(readFileSync(name));
}

async function handle(state, out, request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://mock');
  const query = Object.fromEntries(searchParams);
  if (pathname === '/api/v1/events') { open(state, query, request, response); return; }
  if (!pathname.startsWith('/api/')) { file(out, pathname, response); return; }
  let text = '';
  for await (const piece of request) text += piece;
  const body = text && /json/.test(request.headers['content-type'] ?? '') ? JSON.parse(text) : {};
  const answer = api(state, request.method, pathname, query, body, request.headers);
  response.writeHead(answer.status, { 'Content-Type': answer.status < 400 ? 'application/json'
    : 'application/problem+json', ...(answer.etag ? { ETag: answer.etag } : {}) });
  response.end(JSON.stringify(answer.body));
}

/* {url, close}: a fresh one for each call. now_ms: its clock stands still there. */
export async function startMock(port = 0, now_ms = null, more = {}) {
  const state = { ...more, store: freshStore(), streams: new Set(), extra: {}, taken: 0, now_ms };
  const out = bundle();
  const server = createServer((request, response) => { handle(state, out, request, response); });
  await new Promise((resolve) => { server.listen(port, '127.0.0.1', resolve); });
  return { url: `http://127.0.0.1:${server.address().port}`, state,
    close: () => { server.closeAllConnections(); server.close(); } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await startMock(Number(process.argv[2] ?? 8080), null, { hasPlan: true })).url);
}
