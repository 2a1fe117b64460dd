/* mock_meta.mjs: rooms as GET /api/v1/meta tells them: a few record types of each kind of field. */
const field = (name, type, vi, en, more = {}) => ({
  name, type, label_vi: vi, label_en: en, required: false, indexed: false, unique: false,
  read_only: false, personal: false, list: false, long: false, computed: false, unit: null,
  min: null, max: null, length_max: type === 'text' ? 200 : null, choices: [], ref: null,
  help_vi: null, help_en: null, ...more,
});
const choices = (...rows) => rows.map(([value, label_vi, label_en]) => ({ value, label_vi, label_en }));
const ref = (type, path) => ({ ref: { type, path: `/api/v1/${path}` } });
const R = { required: true };
const L = { list: true };
const I = { indexed: true };
const code = field('code', 'text', 'Mã', 'Code', { ...R, ...L, ...I, unique: true });
const name = field('name', 'text', 'Tên', 'Name', { ...R, ...L });

const type = (room, one, many, vi, en, pvi, pen, fields, more = {}) => ({
  name: one, plural: many, label_vi: vi, label_en: en, plural_vi: pvi, plural_en: pen,
  path: `/api/v1/${room}/${many}`, title_field: 'name', owner_field: null, states: [],
  frozen_states: [], transitions: [], fields, parts: [], help_vi: '', help_en: '',
  may: { read: 'all', write: 'all' }, ...more,
});

const placeRef = ref('core.place', 'core/places');
const partyRef = ref('core.party', 'core/parties');

const party = type('core', 'party', 'parties', 'Chủ thể', 'Party', 'Các chủ thể', 'Parties', [
  code, name,
  field('kind', 'choice', 'Loại', 'Kind', { ...R, ...I, ...L, choices: choices(
    ['firm', 'Doanh nghiệp', 'Firm'], ['school', 'Trường học', 'School'],
    ['household', 'Hộ gia đình', 'Household']) }),
  field('place', 'ref', 'Địa điểm', 'Place', { ...I, ...L, ...placeRef }),
  field('heads', 'int', 'Số người', 'Persons', { unit: 'person', min: 1, max: 100000 }),
  field('consent_open_data', 'bool', 'Đồng ý công bố dữ liệu', 'Consents to open data'),
], { help_vi: 'Cơ quan, doanh nghiệp, trường học, hộ gia đình.',
  help_en: 'Agencies, firms, schools, households.' });

const place = type('core', 'place', 'places', 'Địa điểm', 'Place', 'Các địa điểm', 'Places', [
  code, name,
  field('kind', 'choice', 'Loại', 'Kind', { ...R, ...I, ...L, choices: choices(
    ['site', 'Khu đất, cơ sở', 'Site'], ['building', 'Toà nhà', 'Building'],
    ['ward', 'Phường', 'Ward']) }),
  field('parent', 'ref', 'Thuộc', 'Part of', { ...I, ...L, ...placeRef }),
  field('area_km2', 'real', 'Diện tích', 'Area', { unit: 'km2', min: 0, max: 1e9 }),
], { help_vi: 'Tỉnh, phường, xã; toà nhà, phòng.', help_en: 'Provinces, wards; buildings, rooms.' });

const series = type('core', 'series', 'series', 'Chuỗi số liệu', 'Series', 'Các chuỗi số liệu',
  'Series', [
    code, name, field('place', 'ref', 'Địa điểm', 'Place', { ...R, ...I, ...L, ...placeRef }),
    field('unit', 'text', 'Đơn vị', 'Unit', { ...R, ...L }),
    field('tariff', 'text', 'Biểu giá', 'Tariff'),
  ], { help_vi: 'Một đại lượng của một thiết bị theo thời gian.',
    help_en: 'One property of one device over time.' });

const bill = type('core', 'bill', 'bills', 'Hoá đơn', 'Bill', 'Các hoá đơn', 'Bills', [
  field('number', 'text', 'Số hoá đơn', 'Number', { ...R, ...L, ...I, unique: true }),
  field('series', 'ref', 'Chuỗi số liệu', 'Series', { ...I, ...L, ...ref('core.series', 'core/series') }),
  field('period_from', 'day', 'Kỳ từ ngày', 'Period from', { ...R, ...I, ...L }),
  field('revision', 'int', 'Lần phát hành', 'Revision', { ...R, ...L }),
  field('total', 'money', 'Tổng cộng', 'Total to pay', L),
  field('reason', 'text', 'Lý do', 'Reason', { long: true }),
], { title_field: 'number', states: ['draft', 'issued', 'superseded', 'withdrawn'],
  may: { read: 'all', write: 'not' } });

const balance = type('core', 'balance', 'balances', 'Bảng cân bằng', 'Balance', 'Các bảng cân bằng',
  'Balances', [
    { ...code, required: false },
    field('title', 'text', 'Tên bảng cân bằng', 'Title', { ...R, ...L }),
    field('place', 'ref', 'Địa điểm', 'Place', { ...I, ...L, ...placeRef }),
    field('period_from', 'day', 'Kỳ từ ngày', 'Period from', { ...R, ...I, ...L }),
    field('period_to', 'day', 'Kỳ đến trước ngày', 'Period until (exclusive)', { ...R, ...L }),
    field('unit', 'text', 'Đơn vị tính', 'Unit', { ...R, ...L }),
    field('loss', 'dec', 'Tổn thất', 'Loss', { ...L, computed: true }),
  ], { title_field: 'title', parts: [{
    name: 'terms', label_vi: 'Các khoản', label_en: 'Terms', rows_max: 1000, fields: [
      field('side', 'choice', 'Bên', 'Side', { ...R, choices: choices(['in', 'Vào', 'In'],
        ['out', 'Ra', 'Out']) }),
      field('label', 'text', 'Khoản', 'Term', R), field('amount', 'dec', 'Lượng', 'Amount', R),
    ] }] });

const dated = type('core', 'dated', 'dated', 'Dòng bảng', 'Dated row', 'Các bảng theo ngày',
  'Dated rows', [
    code, field('table_name', 'text', 'Bảng', 'Table', { ...R, ...I, ...L }),
    field('key', 'text', 'Khoá', 'Key', { ...R, ...I, ...L }),
    field('item', 'text', 'Mục', 'Item', { ...R, ...L }),
    field('value', 'dec', 'Giá trị', 'Value', { ...R, ...L }),
    field('valid_from', 'day', 'Hiệu lực từ', 'Valid from', { ...R, ...I, ...L }),
  ], { title_field: 'code' });

const report = type('programme', 'report', 'reports', 'Báo cáo', 'Report', 'Các báo cáo', 'Reports', [
  field('title', 'text', 'Tên báo cáo', 'Title', { ...R, ...L }),
  field('party', 'ref', 'Đơn vị báo cáo', 'Party', { ...R, ...I, ...L, ...partyRef }),
  field('period_from', 'day', 'Kỳ từ ngày', 'Period from', { ...R, ...I, ...L }),
  field('summary', 'text', 'Tóm tắt', 'Summary', { long: true }),
  field('review', 'text', 'Ý kiến khi trả lại', 'Why it was returned', { long: true, read_only: true }),
], { title_field: 'title', states: ['draft', 'submitted', 'returned', 'approved', 'withdrawn'],
  transitions: [
    { from: 'draft', to: 'submitted', verb: 'submit', label_vi: 'Nộp', label_en: 'Submit', in: [] },
    { from: 'returned', to: 'submitted', verb: 'submit', label_vi: 'Nộp lại', label_en: 'Submit again',
      in: [] },
    { from: 'submitted', to: 'returned', verb: 'return', label_vi: 'Trả lại', label_en: 'Return',
      in: [field('reason', 'text', 'Lý do trả lại', 'Why it is returned', { ...R, long: true })] },
    { from: 'submitted', to: 'approved', verb: 'approve', label_vi: 'Duyệt', label_en: 'Approve', in: [] },
  ] });

const target = type('programme', 'target', 'targets', 'Mục tiêu', 'Target', 'Các mục tiêu', 'Targets', [
  code, field('document', 'text', 'Văn bản', 'Document', { ...I, ...L }),
  field('indicator', 'text', 'Chỉ tiêu', 'Indicator', { ...R, ...L }),
], { title_field: 'code' });

const quantity = (full, vi, en, unit) => ({
  name: full, label_vi: vi, label_en: en, unit, kind: 'register', definition: null,
});
const room = (own, vi, en, more) => ({
  name: own, label_vi: vi, label_en: en, records: [], queries: [], actions: [], indicators: [],
  quantities: [], tariffs: [], ...more,
});

export const meta = {
  version: 'mock',
  rooms: [
    room('core', 'Danh mục chung', 'Shared nouns', {
      records: [party, place, series, dated, bill, balance],
    }),
    room('energy', 'Năng lượng', 'Energy', {
      quantities: [quantity('energy.electricity', 'Điện năng tiêu thụ', 'Electricity used', 'kWh')],
      tariffs: [{ code: 'evn-residential', label_vi: 'EVN sinh hoạt sáu bậc',
        label_en: 'EVN homes, six tiers', unit: 'kWh', currency: 'VND', head_vi: 'hộ',
        head_en: 'household', quantity: 'energy.electricity' }],
    }),
    room('programme', 'Chương trình', 'Programme', {
      records: [target, report],
      indicators: [
        { name: 'programme.reports_on_time', label_vi: 'Tỷ lệ báo cáo đúng hạn',
          label_en: 'Share of reports in time', unit: '%',
          numerator_vi: 'nghĩa vụ hoàn thành đúng hạn', numerator_en: 'duties fulfilled in time',
          denominator_vi: 'nghĩa vụ đến hạn', denominator_en: 'duties due' },
        { name: 'programme.bag_free_markets', label_en: 'Share of markets without bags', unit: '%',
          label_vi: 'Tỷ lệ chợ không dùng túi ni lông khó phân huỷ',
          numerator_vi: 'đơn vị trả lời có', numerator_en: 'members that say yes',
          denominator_vi: 'tất cả chợ', denominator_en: 'all markets' },
      ],
    }),
  ],
  identities: [
    { name: 'operator', label_vi: 'Người vận hành', label_en: 'Operator' },
    { name: 'resident-7', label_vi: 'Cư dân nhà số 7', label_en: 'Resident of home 7' },
    { name: 'public', label_vi: 'Công chúng', label_en: 'Public' },
  ],
};
