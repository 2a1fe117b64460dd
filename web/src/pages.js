/* pages.js: which page an address means, by its first word.
 *
 *   /                         the place: its plan, where the targets stand; without a plan the meters
 *   /place/<code>?year=       another place; /target/<code>?year= one target
 *   /firm/<party code>        a firm; /measure/<id> a measure and its effect; /case/<id> a case file
 *   /home                     the three cards of whoever looks
 *   /meters                   the meters, their sum, how to send data; /meter/<code> one meter
 *   /records/<room>/<plural>  a list; .../new a form; .../<id> one record
 *   /billing                  billing runs of parks; .../<id> one of them
 *   /charge                   what an amount costs under a tariff
 *   /tables/<room>/<query>    a report of a room; /actions/<room>/<action> what it does
 *   /review                   the officer's desk; ?report=<id> one report
 *   /report/new?duty=<id>     a report being written; /report/<id> one that is there
 *   /programme                targets and reports by document
 *   /quality                  readings that did not pass a check
 *   /mapping                  messages of any shape, and rules for them
 *   /devices                  the devices and how they are; .../new many at once; .../<id> one
 *   /data?tab=                bring your own data: a file of bills, a reading, devices
 */
import { BillingPage } from './billing/billing.jsx';
import { DataPage } from './bring/data.jsx';
import { ChargePage } from './charge/charge.jsx';
import { CasePage } from './firm/case.jsx';
import { FirmPage } from './firm/firm.jsx';
import { MeasurePage } from './firm/measure.jsx';
import { FleetPage } from './fleet/fleet.jsx';
import { HomePage } from './home/home.jsx';
import { MappingPage } from './mapping/mapping.jsx';
import { MeterPage } from './meter/meter.jsx';
import { PlacePage } from './place/place.jsx';
import { TargetPage } from './place/target.jsx';
import { ProgrammePage } from './programme/programme.jsx';
import { QualityPage } from './quality/quality.jsx';
import { ActionPage, TablePage } from './records/ask.jsx';
import { RecordsPage } from './records/records.jsx';
import { ReportPage } from './report/report.jsx';
import { ReviewPage } from './review/review.jsx';
import { StartPage } from './start/start.jsx';

export const PAGES = {
  '': PlacePage,
  actions: ActionPage,
  billing: BillingPage,
  case: CasePage,
  charge: ChargePage,
  data: DataPage,
  devices: FleetPage,
  firm: FirmPage,
  home: HomePage,
  mapping: MappingPage,
  measure: MeasurePage,
  meter: MeterPage,
  meters: StartPage,
  place: PlacePage,
  programme: ProgrammePage,
  quality: QualityPage,
  records: RecordsPage,
  report: ReportPage,
  review: ReviewPage,
  tables: TablePage,
  target: TargetPage,
};

/* The few links at the top, by what one is. */
const LINKS = {
  public: ['', 'home', 'programme', 'charge', 'data'],
  resident: ['', 'home', 'meters', 'charge', 'data'],
  business: ['', 'home', 'meters', 'charge', 'records', 'data'],
  operator: ['', 'home', 'meters', 'billing', 'devices', 'programme', 'records', 'data'],
  officer: ['', 'home', 'review', 'programme', 'records'],
  auditor: ['', 'home', 'meters', 'programme', 'records'],
};

export const hasPage = (first) => first in PAGES;

/* Links whose page is there. */
export const linksOf = (role) => (LINKS[role] ?? LINKS.public).filter(hasPage);

/* Which of the links a page belongs to. */
const AREAS = {
  place: '', target: '', firm: 'home', measure: 'home', case: 'home', report: 'review',
  meter: 'meters', tables: 'records', actions: 'records', quality: 'devices', mapping: 'devices',
};
export const areaOf = ({ path: [first = ''] }) => AREAS[first] ?? first;
