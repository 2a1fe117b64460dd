/* The page of data quality against the program: findings of a meter are shown, a gap is filled and
 * taken back, a spike is edited with a reason, all on a phone's width too. */
import { check, run } from './browser.mjs';
import { startProgram, until } from './program.mjs';

const program = await startProgram({ homes: 1, days: 2 });
const HOUR = 3600000;
const CORE = '/api/v1/core';
const CODE = 'home-1/quality';

/* A meter of amounts: five weeks of hours of 1 and 3 in turn, with a gap of six hours and a spike. */
const first = Math.floor(Date.now() / 86400000 - 40) * 86400000 - 7 * HOUR;
const GAP = 30 * 24 + 6;
const SPIKE = 31 * 24 + 10;
const at = (hour) => new Date(first + hour * HOUR).toISOString();

async function makeMeter() {
  const home = await program.get(`${CORE}/series/by/code/home-1/electricity`);
  const made = await program.post(`${CORE}/series`, { code: CODE, name: 'Đo thử', device: home.device,
    property: home.property, place: home.place, owner: home.owner, kind: 'interval', unit: 'kWh',
    period_s: 3600 });
  const readings = [];
  for (let hour = 1; hour <= 34 * 24; hour += 1) {
    const isMissing = hour > GAP && hour < GAP + 6;
    const value = hour === SPIKE ? 90 : 1 + 2 * (hour % 2);
    if (!isMissing) readings.push({ series: CODE, time: at(hour), value });
  }
  await program.post('/api/v1/readings', { readings });
  await program.post(`${CORE}/vee_rules`, { code: 'web', name: 'Đo thử', series: made.id,
    valid_from: at(0).slice(0, 10) });
  await program.post(`${CORE}/do/vee_check`, { series: made.id, day_from: at(0).slice(0, 10),
    day_to: at(34 * 24).slice(0, 10) });
  return made;
}

const meter = await makeMeter();
const findings = (state) => program.get(`${CORE}/vee_findings?series=${meter.id}&state=${state}`)
  .then(({ items }) => items);
const edits = () => program.get(`${CORE}/reading_edits?sort=-id`).then(({ items }) => items);

await run(async ({ test, newPage }) => {
  const open = async (options, lang = '') => {
    const page = await newPage({ width: 1366, height: 900, ...options });
    await page.goto(`${program.url}/quality${lang}`);
    await page.waitForSelector('.vee-finding .line');
    return page;
  };

  await test('each finding is shown with its meter, its check and a picture', async () => {
    const page = await open();
    check.equal(await page.textContent('h1'), 'Chất lượng số liệu');
    check.match(await page.textContent('.vee-meter h2'), /Đo thử/);
    const shown = await page.$$eval('.vee-finding', (cards) => cards.map((card) => card.dataset.check));
    check.deepEqual(shown.sort(), (await findings('open')).map((f) => f.check_name).sort());
    check.deepEqual(shown, ['gap', 'spike']);
    check.match(await page.textContent('[data-check="gap"]'), /Thiếu 5 số đo/);
    check.equal(await page.locator('[data-check="gap"] .vee-band').count(), 1);
    check.ok(await page.locator('[data-check="gap"] .line').count() >= 2, 'the line is broken');
  });

  await test('a gap is filled at a click, hatched, and taken back', async () => {
    const page = await open({}, '?lang=en');
    await page.click('[data-check="gap"] button:has-text("Fill by estimate")');
    await page.waitForSelector('.vee-edits li');
    check.equal((await findings('estimated')).length, 1);
    check.equal(await page.locator('[data-check="gap"]').count(), 0);
    await page.waitForSelector('[data-check="spike"] .vee-estimated');
    check.match(await page.textContent('.vee-edits'), /Estimated by rule/);
    await page.click('.vee-edits button:has-text("Undo")');
    await page.waitForSelector('[data-check="gap"]');
    check.equal((await edits())[0].state, 'undone');
  });

  await test('a spike is edited with a reason, and stays written down', async () => {
    const page = await open({}, '?lang=en');
    await page.click('[data-check="spike"] button:has-text("Edit")');
    await page.fill('[data-check="spike"] input[inputmode="decimal"]', '2.5');
    await page.click('[data-check="spike"] button:has-text("Save")');
    check.equal((await findings('open')).length, 2, 'a reason is needed');
    await page.fill('[data-check="spike"] label:last-of-type input', 'read at the meter');
    await page.click('[data-check="spike"] button:has-text("Save")');
    await until('the edit to be done', async () => {
      const [newest] = await edits();
      return newest.reason === 'read at the meter' && newest.state === 'done';
    });
    const [edit] = await edits();
    const whole = await program.get(`${CORE}/reading_edits/${edit.id}`);
    check.deepEqual(whole.values.map((v) => [v.before, v.after]), [[90, 2.5]]);
    const { items } = await program.get(`/api/v1/readings?series=${CODE}&from=${at(SPIKE)}&to=${at(SPIKE + 1)}`);
    check.deepEqual([items[0].value, items[0].quality], [2.5, ['manual']]);
  });

  await test('nothing is wider than a phone', async () => {
    const page = await open({ width: 360, height: 740 });
    check.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
  });
});
await program.stop();
