/* A report written on a phone: it outlives a lost network and a reload, and is sent once. */
import { noSerious } from './axe.mjs';
import { check, run } from './browser.mjs';
import { startProgram, until } from './program.mjs';

const program = await startProgram({ homes: 2, days: 5, clock: '' });
const OFFICER = { 'Xanh-View-As': 'officer' };
const as = (path) => program.ask('GET', path, undefined, OFFICER).then(({ body }) => body);
const reports = async (duty) => (await as(`/api/v1/programme/reports?duty=${duty}`)).items;
const open_duties = (await as('/api/v1/core/duties?state=open&record_type=programme.report&limit=50')).items;
const duties = [];
for (const duty of open_duties) if ((await reports(duty.id)).length === 0) duties.push(duty);

/* A real picture: 1 pixel. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const PHOTO = { name: 'buổi họp.png', mimeType: 'image/png', buffer: PNG };

async function open(newPage, path, options = {}) {
  const page = await newPage({ width: 360, height: 740, eyes: null, ...options });
  await page.goto(`${program.url}${path}${path.includes('?') ? '&' : '?'}as=officer`);
  await page.waitForSelector('main h1');
  return page;
}

const next = (page) => page.getByRole('button', { name: 'Tiếp', exact: true }).click();
const submit = (page) => page.getByRole('button', { name: 'Nộp báo cáo' }).click();

async function fill(page) {
  await page.getByLabel('có', { exact: true }).check();
  await next(page);
  await page.setInputFiles('input[type=file]', PHOTO);
  await page.waitForSelector('.photo img');
  await next(page);
  await page.waitForSelector('.pairs');
}

await run(async ({ test, newPage }) => {
  await test('a report is written step by step, with a photo, and submitted', async () => {
    const [duty] = duties;
    const page = await open(newPage, '/report/new');
    await page.getByRole('link', { name: 'Viết' }).first().waitFor();
    await noSerious(page, 'which duty');
    await page.goto(`${program.url}/report/new?duty=${duty.id}&as=officer`);
    await page.waitForSelector('.report-question');
    await noSerious(page, 'a question');
    await next(page);
    check.equal(await page.locator('.field-error').innerText(), 'Hãy trả lời câu này.');
    await page.getByLabel('có', { exact: true }).check();
    await next(page);
    await page.waitForSelector('.photos');
    await next(page);
    check.equal(await page.locator('.field-error').innerText(), 'Cần ít nhất một ảnh hoặc một văn bản.');
    await page.setInputFiles('input[type=file]', PHOTO);
    await page.waitForSelector('.photo img');
    await noSerious(page, 'evidence');
    await next(page);
    await page.fill('textarea', 'ba buổi, hai trăm người');
    await submit(page);
    await page.waitForSelector('.send-sent');
    const [report] = await reports(duty.id);
    check.deepEqual([report.state, report.summary], ['submitted', 'ba buổi, hai trăm người']);
    const whole = await as(`/api/v1/programme/reports/${report.id}`);
    check.deepEqual(whole.answers.map(({ value }) => Number(value)), [1]);
    const [photo] = whole.evidence;
    check.equal(photo.kind, 'photo');
    const answer = await fetch(program.url + photo.reference, { headers: OFFICER });
    check.equal(answer.headers.get('content-type'), 'image/jpeg');
    await page.goto(`${program.url}/report/${report.id}?as=officer`);
    await page.waitForSelector('.evidence img');
    await noSerious(page, 'a report that was sent');
  });

  await test('what was written outlives a reload, and a lost network', async () => {
    const duty = duties[1];
    const page = await open(newPage, `/report/new?duty=${duty.id}`);
    await page.waitForSelector('.report-question');
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.getByLabel('không', { exact: true }).check();
    await next(page);
    await page.fill('.report-form input:not([type=file])', 'BB-12/2026');
    await page.reload();
    await page.waitForSelector('.photos');
    check.equal(await page.inputValue('.report-form input:not([type=file])'), 'BB-12/2026');
    await page.context().setOffline(true);
    await page.reload();
    await page.waitForSelector('.photos');
    check.equal(await page.inputValue('.report-form input:not([type=file])'), 'BB-12/2026');
    check.match(await page.locator('.report-saved').innerText(), /Mất mạng/);
    page.errors.length = 0; /* the browser says itself that there is no network */
    await page.context().setOffline(false);
  });

  await test('submitted without a network it waits, and is sent once when the network is back', async () => {
    const duty = duties[2];
    const page = await open(newPage, `/report/new?duty=${duty.id}`);
    await page.waitForSelector('.report-question');
    await fill(page);
    await page.context().setOffline(true);
    await submit(page);
    await page.waitForSelector('.send-waiting');
    check.match(await page.locator('.send').innerText(), /Chưa gửi/);
    check.equal((await reports(duty.id)).length, 0);
    page.errors.length = 0;
    await page.context().setOffline(false);
    await page.waitForSelector('.send-sent');
    const sent = await reports(duty.id);
    check.deepEqual(sent.map(({ state }) => state), ['submitted']);
  });

  await test('an answer that is lost on its way back makes no second report', async () => {
    const duty = duties[3];
    const page = await open(newPage, `/report/new?duty=${duty.id}`);
    await page.waitForSelector('.report-question');
    let lost = 0;
    await page.route('**/api/v1/programme/reports', async (route) => {
      if (route.request().method() !== 'POST' || lost > 0) { await route.continue(); return; }
      lost += 1;
      await route.fetch();
      await route.abort('connectionreset');
    });
    await fill(page);
    await submit(page);
    await until('the server to have what the page was not told of',
      async () => (await reports(duty.id)).length > 0);
    await page.waitForSelector('.send-waiting');
    check.deepEqual((await reports(duty.id)).map(({ state }) => state), ['draft']);
    page.errors.length = 0;
    await page.getByRole('button', { name: 'Gửi lại ngay' }).click();
    await page.waitForSelector('.send-sent');
    check.equal(lost, 1);
    check.deepEqual((await reports(duty.id)).map(({ state }) => state), ['submitted']);
  });

  await test('a report that was returned says why, and goes out again as the same report', async () => {
    const duty = duties[4];
    const page = await open(newPage, `/report/new?duty=${duty.id}`);
    await page.waitForSelector('.report-question');
    await fill(page);
    await submit(page);
    await page.waitForSelector('.send-sent');
    const [report] = await reports(duty.id);
    await program.post(`/api/v1/programme/reports/${report.id}/return`, { reason: 'ảnh mờ' }, OFFICER);
    await page.goto(`${program.url}/report/${report.id}?as=officer`);
    await page.getByRole('link', { name: 'Viết tiếp và nộp lại' }).click();
    await page.waitForSelector('.report-question');
    check.ok((await page.locator('.report-form header').innerText()).includes('ảnh mờ'));
    check.ok(await page.getByLabel('có', { exact: true }).isChecked());
    await next(page);
    await page.fill('.report-form input:not([type=file])', 'BB-13/2026');
    await next(page);
    await page.waitForSelector('.pairs');
    await submit(page);
    await until('the report to be there again', async () => (await reports(duty.id))[0].state === 'submitted');
    const again = await as(`/api/v1/programme/reports/${report.id}`);
    check.deepEqual((await reports(duty.id)).length, 1);
    check.deepEqual(again.evidence.map(({ kind }) => kind), ['photo', 'document']);
  });

  await test('each step fits a narrow phone and is read by a screen reader, in English too', async () => {
    const page = await open(newPage, `/report/new?duty=${duties[5].id}&lang=en`, { width: 320, height: 640, colorScheme: 'dark' });
    await page.waitForSelector('.report-question');
    await noSerious(page, 'narrow and dark');
    check.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
  });
});
