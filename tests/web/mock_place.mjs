/* mock_place.mjs: a city's plan as GET /api/v1/programme/do/place_standing tells it, with samples
 * that are the same each time: for the look of the page, and for what the program does not show on
 * demand. Numbers here are samples, not a second truth. */
const noise = (n) => { const x = Math.sin(n * 127.1) * 43758.5453; return x - Math.floor(x); };

const stateOf = (i) => (i % 11 === 3 ? 'missing' : i % 11 === 7 ? 'late' : 'reported');
export const UNITS = Array.from({ length: 126 }, (_, i) => ({ id: 1000 + i,
  code: `vn-${String(10000 + i)}`, name: `${i % 3 ? 'Xã' : 'Phường'} Mẫu ${i + 1}`,
  name_en: `Sample ${i + 1} ${i % 3 ? 'Commune' : 'Ward'}`, state: stateOf(i),
  report: stateOf(i) === 'missing' ? null : 5000 + i, due: '2026-06-30' }));

const target = (code, label_vi, label_en, more) => ({ id: Number(code.slice(-2)), code, label_vi,
  label_en, has_value: true, low: 80, high: null, comparator: '>=', unit: '%', verdict: 'on_track',
  missing: 0, numerator: 0, denominator: 0, verified: 'partial', document: 'Kế hoạch 2026',
  source: 'sample', measured_by: 'programme.sample', ...more });

export const TARGETS = [
  target('THN26-01', 'Giảm nguyên liệu, nhiên liệu', 'Materials and fuel', { value: 6.2,
    value_text_vi: '−6,2 %', value_text_en: '−6.2 %', low: 7, high: 7.5, comparator: 'range',
    unit: '% reduction', verdict: 'not_known', missing: 3, numerator: 27, denominator: 30,
    sentence_vi: '27 trong 30 doanh nghiệp; thiếu 3', sentence_en: '27 of 30 firms; 3 missing' }),
  target('THN26-02', 'Phường, xã tuyên truyền', 'Wards running awareness work', { value: 91.3, low: 100,
    value_text_vi: '91,3 %', value_text_en: '91.3 %', verdict: 'not_known', missing: 11,
    numerator: 115, denominator: 126, sentence_vi: '115 trong 126 phường, xã; thiếu 11',
    sentence_en: '115 of 126 wards and communes; 11 missing' }),
  target('THN26-03', 'Khu công nghiệp được phổ biến', 'Industrial parks made aware', { value: 100, low: 100,
    value_text_vi: '100 %', value_text_en: '100 %', numerator: 10, denominator: 10,
    sentence_vi: '10 trong 10 khu công nghiệp', sentence_en: '10 of 10 parks' }),
  target('THN26-04', 'Làng nghề được phổ biến', 'Craft villages made aware', { value: 80, low: 75,
    value_text_vi: '80 %', value_text_en: '80 %', numerator: 16, denominator: 20,
    sentence_vi: '16 trong 20 làng nghề', sentence_en: '16 of 20 villages' }),
  target('THN26-05', 'Chợ không dùng túi khó phân huỷ', 'Markets without plastic bags', { value: 60,
    low: 70, high: 80, comparator: 'range', value_text_vi: '60 %', value_text_en: '60 %',
    verdict: 'behind', numerator: 12, denominator: 20, sentence_vi: '12 trong 20 chợ',
    sentence_en: '12 of 20 markets' }),
];

const result = (code, label_vi, label_en, published, unit, more = {}) => ({ id: Number(code.slice(-2)),
  code, label_vi, label_en, measured_by: 'industry.sample', has_value: true, value: published, unit,
  published, is_about: false, verified: 'yes', source: 'sample', missing: 0, numerator: 30,
  denominator: 30, sentence_vi: '30 trong 30 hồ sơ', sentence_en: '30 of 30 files', ...more });

const RESULTS = [
  result('R23-04', 'Cơ sở được đánh giá sản xuất sạch hơn', 'Facilities assessed', 30, 'facilities'),
  result('R23-05', 'Giải pháp đề xuất', 'Solutions proposed', 190, 'solutions', { value: 194, is_about: true,
    published_text_vi: 'hơn 190 giải pháp', published_text_en: 'more than 190 solutions' }),
  result('R23-06', 'Giảm định mức nguyên liệu', 'Cut of the material norm', 3.61, '% reduction'),
  result('R23-07', 'Giảm năng lượng quy đổi', 'Cut of converted energy', 7.1, '% reduction'),
  result('R23-10', 'Cuộc gặp kết nối doanh nghiệp', 'Business meetings', 500, 'meetings', {
    measured_by: '', has_value: false, value: null, is_about: true, sentence_vi: '', sentence_en: '',
    published_text_vi: 'hơn 500 cuộc gặp', published_text_en: 'more than 500 meetings' }),
];

/* One file less: told, and the mean is over 29. */
const lacking = RESULTS.map((row) => (row.measured_by ? { ...row, missing: 1, numerator: 29,
  sentence_vi: '29 trong 30 hồ sơ; thiếu 1', sentence_en: '29 of 30 files; 1 missing' } : row));

const head = { has_place: true, place: 2, place_code: 'vn-01', place_name: 'Hà Nội', place_name_en: 'Hanoi',
  years: '2023,2024,2025,2026', is_simulated: true, unit_count: 126, reported: 104, late: 11, missing: 11 };

/* isLacking: a case file of 2023 is gone. */
export function placeStanding(query, { isLacking = false } = {}) {
  const year = Number(query.year || 2026);
  const title = { title_vi: `Hà Nội · Kế hoạch sản xuất và tiêu dùng bền vững ${year}`,
    title_en: `Hanoi · Plan for sustainable production and consumption ${year}` };
  if (query.place && query.place !== '2') return { has_place: false };
  if (year === 2026) {
    return { ...head, ...title, year, target_count: 5, on_track: 2, behind: 1, not_known: 2,
      sentence_vi: '5 mục tiêu: 2 đạt, 1 chưa đạt, 2 chưa biết; 11 trên 126 phường, xã chưa báo cáo.',
      sentence_en: '5 targets: 2 on track, 1 behind, 2 not known; 11 of 126 wards and communes have not reported.',
      targets: TARGETS, results: [], units: UNITS };
  }
  return { ...head, ...title, year, target_count: 0, on_track: 0, behind: 0, not_known: 0, unit_count: 0,
    reported: 0, late: 0, missing: 0, sentence_vi: 'Kết quả của năm 2023.', sentence_en: 'The results of 2023.',
    targets: [], results: year !== 2023 ? [] : isLacking ? lacking : RESULTS, units: [] };
}

/* Cells that look like a city: rows of small ones in the middle, larger ones around. */
export function placeMap() {
  const features = UNITS.map((unit, i) => {
    const [ring, turn] = [Math.sqrt(i / 126), i * 2.399963];
    const [x, y] = [105.7 + 0.42 * ring * Math.cos(turn), 21 + 0.4 * ring * Math.sin(turn)];
    const size = 0.018 + 0.03 * ring;
    const corners = Array.from({ length: 7 }, (_, k) => {
      const angle = (k / 7) * 2 * Math.PI;
      const reach = size * (0.85 + 0.3 * noise(i * 7 + k));
      return [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
    });
    return { type: 'Feature', properties: { id: unit.id, code: unit.code, name: unit.name,
      name_en: unit.name_en, area_km2: 10, is_schematic: true },
    geometry: { type: 'Polygon', coordinates: [[...corners, corners[0]]] } };
  });
  return { type: 'FeatureCollection', features };
}

export function targetFirms() {
  const member = (i, state, value, verdict) => ({ type: 'core.party', id: 100 + i, code: `firm-${i}`,
    name: `Công ty mẫu ${i}`, value, unit: '% reduction', state, verdict, party: 100 + i,
    sentence_vi: value === null ? 'chưa có hồ sơ' : 'trung bình của nguyên liệu và năng lượng',
    sentence_en: value === null ? 'no case file' : 'mean of materials and energy' });
  return { members: [member(1, 'missing', null, null), member(2, 'returned', null, null),
    member(3, 'approved', 2.1, 'fails'), ...Array.from({ length: 27 }, (_, i) => (
      member(i + 4, 'approved', Math.round((4 + i / 8) * 10) / 10, i > 20 ? 'passes' : 'fails')))] };
}
