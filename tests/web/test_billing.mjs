/* A park's billing run on the page: previewed, its flow and what is unusual seen, issued after a
 * question, corrected with old beside new, on a phone too. */
import { noSerious } from './axe.mjs';
import { check, run } from './browser.mjs';
import { startProgram, until } from './program.mjs';

const program = await startProgram({ homes: 1, days: 2 });
const CORE = '/api/v1/core';
const PARK = 'park-w';
const HALF_DAY = 43200000;

/* The month before this one, in Hanoi. */
const nowHere = new Date(Date.now() + 7 * 3600000);
const monthStart = Date.UTC(nowHere.getUTCFullYear(), nowHere.getUTCMonth() - 1, 1) - 7 * 3600000;
const monthEnd = Date.UTC(nowHere.getUTCFullYear(), nowHere.getUTCMonth(), 1) - 7 * 3600000;
const MONTH = new Date(monthStart + 7 * 3600000).toISOString().slice(0, 7);

const make = (plural, fields) => program.post(`${CORE}/${plural}`, fields);

async function send(series, daily, before = 1) {
  const readings = [];
  let value = 100;
  for (let at = monthStart - 34 * 2 * HALF_DAY; at <= monthEnd + 2 * HALF_DAY; at += HALF_DAY) {
    readings.push({ series, time: new Date(at).toISOString(), value });
    value += (daily * (at < monthStart ? before : 1)) / 2;
  }
  await program.post('/api/v1/readings', { readings });
}

async function makePark() {
  const owner = await make('parties', { code: PARK, name: 'Khu công nghiệp Mẫu Xanh', kind: 'park' });
  const place = await make('places', { code: PARK, name: 'Khu công nghiệp Mẫu Xanh', kind: 'site',
    zone: 'Asia/Ho_Chi_Minh', owner: owner.id });
  const property = (await program.get(`${CORE}/properties?limit=100`)).items
    .find(({ quantity }) => quantity === 'energy.electricity');
  const add = async (name, label, role, daily, more = {}, before = 1) => {
    const code = `${PARK}/${name}`;
    const isTenant = role === 'tenant';
    const party = isTenant ? await make('parties', { code, name: label, kind: 'firm', is_simulated: true }) : owner;
    const device = await make('devices', { code, name: label, kind: 'electricity_meter', place: place.id,
      owner: party.id, serial: `XM-${name}` });
    const series = await make('series', { code, name: label, device: device.id, property: property.id,
      place: place.id, owner: party.id, kind: 'register', unit: 'kWh', period_s: 43200,
      ...(isTenant ? { tariff: 'evn-production-6to22kv' } : {}) });
    await make('accounts', { code, name: label, role, place: place.id, series: series.id,
      ...(isTenant ? { party: party.id } : {}), ...more });
    await send(code, daily, before);
  };
  await add('main', 'Công tơ tổng', 'main', 2310);
  await add('firm-1', 'Công ty Dệt Sợi Mẫu', 'tenant', 1204.5, { area_m2: 5200 });
  await add('firm-2', 'Công ty Bao Bì Mẫu', 'tenant', 640.25, { area_m2: 2100 });
  await add('firm-3', 'Công ty Cơ Khí Mẫu', 'tenant', 211.1, { area_m2: 900 }, 0.5);
  await add('firm-4', 'Công ty Thực Phẩm Mẫu', 'tenant', 98.7, { area_m2: 700 });
  await add('lighting', 'Chiếu sáng', 'common', 61.3);
  await add('pumps', 'Trạm bơm', 'common', 27.9);
  return place;
}

const place = await makePark();

const runs = () => program.get(`${CORE}/billing_runs?place=${place.id}&sort=id`).then(({ items }) => items);

await run(async ({ test, newPage }) => {
  const open = async (path, options) => {
    const page = await newPage({ width: 1366, height: 768, ...options });
    await page.goto(`${program.url}${path}`);
    return page;
  };

  await test('a month is previewed and adds up to the main meter', async () => {
    const page = await open('/billing');
    check.equal(await page.textContent('h1'), 'Kỳ tính tiền');
    const form = page.locator('form', { hasText: 'Lập kỳ mới' });
    await form.locator('select').first().selectOption({ label: 'Khu công nghiệp Mẫu Xanh' });
    await form.locator('input[type="month"]').fill(MONTH);
    await form.locator('button[type="submit"]').click();
    await page.waitForSelector('.flow');
    check.match(await page.textContent('h1'), /Khu công nghiệp Mẫu Xanh · tháng/);
    const [made] = await runs();
    check.equal(made.state, 'previewed');
    const whole = await program.get(`/api/v1/billing/runs/${made.id}`);
    const milli = (amount) => Math.round(Number(amount) * 1000);
    check.equal(milli(whole.from_main), milli(whole.tenants) + milli(whole.common) + milli(whole.losses));
    check.equal(milli(whole.billed), milli(whole.from_main));
    check.match(await page.textContent('main'), /Công tơ tổng [\d.,]+ kWh = người thuê/);
    check.equal(await page.locator('.flow-node').count(), 4);
    check.equal(await page.locator('#run-tenant ~ .scroll tbody tr').count(), 4);
  });

  await test('what changed much is flagged on its line', async () => {
    const [made] = await runs();
    const page = await open(`/billing/${made.id}`);
    await page.waitForSelector('.run-flags .badge');
    const flagged = await page.$$eval('tr:has(.run-flags .badge) .run-name strong', (all) => all.map((one) => one.textContent));
    check.deepEqual(flagged, ['Công ty Cơ Khí Mẫu']);
    check.match(await page.textContent('.run-notices'), /1 tài khoản khác nhiều/);
  });

  await test('it is issued after a question, and each bill is a page to print', async () => {
    const [made] = await runs();
    const page = await open(`/billing/${made.id}?lang=en`);
    await page.click('main button.primary:has-text("Issue")');
    check.equal((await runs())[0].state, 'previewed', 'nothing is issued before it is said');
    check.match(await page.textContent('.run-ask'), /4 bills, ₫?[\d,]+/);
    await page.click('.run-ask button.primary');
    await page.waitForSelector('button:has-text("Correct")');
    await until('the run to be issued', async () => (await runs())[0].state === 'issued');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('.run-links button')]);
    check.match(download.suggestedFilename(), /^park-w-firm-1-.*\.pdf$/);
  });

  await test('a correction shows what was billed before, and the old version stays', async () => {
    const [made] = await runs();
    await send(`${PARK}/firm-2`, 700);
    const page = await open(`/billing/${made.id}`);
    await page.click('button:has-text("Lập bản sửa")');
    await page.fill('.run-ask textarea', 'đọc lại công tơ');
    await page.click('.run-ask button.primary');
    await page.waitForSelector('del');
    check.match(await page.textContent('.page-head'), /Thay cho/);
    await page.click('button:has-text("Phát hành 4 hoá đơn")');
    await page.click('.run-ask button.primary');
    await until('both versions to be closed', async () => {
      const states = (await runs()).map(({ state }) => state);
      return states.join() === 'corrected,issued';
    });
    await page.goto(`${program.url}/billing/${made.id}`);
    await page.waitForSelector('.notice:has-text("Đã được thay bằng")');
  });

  await test('nothing is wider than a phone, and each account is a card', async () => {
    const newest = (await runs()).at(-1);
    for (const path of ['/billing', `/billing/${newest.id}`]) {
      const page = await open(path, { width: 320, height: 640 });
      await page.waitForSelector('.run-table');
      check.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), path);
    }
  });

  await test('axe finds nothing serious, by day and by night, and a key opens the question', async () => {
    const all = await runs();
    for (const colorScheme of ['light', 'dark']) {
      const page = await open(`/billing/${all.at(-1).id}?lang=en`, { colorScheme });
      await page.waitForSelector('.run-table');
      await page.focus('button:has-text("Correct")');
      await page.keyboard.press('Enter');
      await page.waitForSelector('.run-ask');
      await noSerious(page);
      await page.goto(`${program.url}/billing`);
      await page.waitForSelector('.run-table');
      await noSerious(page);
    }
  });

  await test('who may see no runs is told so', async () => {
    const page = await open('/billing', { eyes: 'resident-1' });
    await page.waitForSelector('main .notice-warn');
    check.equal(await page.locator('main form').count(), 0);
  });

  const folder = process.env.XANH_PICTURES;
  if (folder) {
    const newest = (await runs()).at(-1);
    for (const [name, size] of [['wide', { width: 1366, height: 768 }], ['phone', { width: 360, height: 740 }]]) {
      for (const [what, path] of [['list', '/billing'], ['run', `/billing/${newest.id}`]]) {
        const page = await open(path, size);
        await page.waitForSelector('.run-table');
        await page.screenshot({ path: `${folder}/billing-${what}-${name}.png`, fullPage: true });
      }
    }
  }
});
await program.stop();
