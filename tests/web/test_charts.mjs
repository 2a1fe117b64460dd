/* What charts do with the unusual: gaps, estimates, corrections, resets; a conflict and a refusal that
 * the program gives only on demand. Against a stand-in with sample answers (mock.mjs). */
import { check, run } from './browser.mjs';
import { startMock } from './mock.mjs';

const HOME = '/meter/home-7/electricity';

/* A day at noon in Vietnam, late enough in its month to show everything; the clock stands still. */
const NOON = new Date('2026-11-26T05:00:00Z');
const mock = await startMock(0, NOON.getTime());

async function open(newPage, path, options) {
  const page = await newPage({ width: 1366, height: 768, ...options });
  await page.clock.setFixedTime(NOON);
  await page.goto(mock.url + path);
  return page;
}

const chart = (page) => page.locator('figure.chart').first();

await run(async ({ test, newPage }) => {
  await test('a day without readings is a gap, not a zero, and the legend says so', async () => {
    const page = await open(newPage, `${HOME}?on=2026-11-01`);
    await page.waitForSelector('.plot .bar');
    const { windows } = await (await fetch(
      `${mock.url}/api/v1/use?series=home-7/electricity&from=2026-11-01&to=2026-12-01&period=day`)).json();
    const gaps = windows.filter((one) => one.amount === null && Date.parse(one.from) < NOON.getTime()).length;
    check.ok(gaps >= 2);
    check.equal(await chart(page).locator('.gap').count(), gaps);
    check.match(await chart(page).locator('.legend').textContent(), /không có số liệu/);
    await chart(page).getByRole('button', { name: 'Bảng' }).click();
    check.equal(await chart(page).locator('tbody td:has-text("–")').count() >= gaps, true);
  });

  await test('estimates are hatched; corrections and resets have shapes of their own', async () => {
    const page = await open(newPage, `${HOME}?on=2026-11-01`);
    await page.waitForSelector('.plot .bar');
    check.equal(await chart(page).locator('.bar-hatched').count(), 2);
    const shapes = await chart(page).locator('.plot .mark').evaluateAll((all) => all.map((one) => one.getAttribute('d')));
    check.equal(new Set(shapes).size, 3);
    const legend = await chart(page).locator('.legend').textContent();
    for (const word of ['ước tính', 'đã đính chính', 'công tơ về 0', 'đáng ngờ']) check.ok(legend.includes(word), word);
  });

  await test('the axis begins at zero and names its unit', async () => {
    const page = await open(newPage, `${HOME}?on=2026-11-01`);
    await page.waitForSelector('.plot .bar');
    const texts = await chart(page).locator('.grid text').allTextContents();
    check.equal(texts[0], '0');
    check.ok(texts.includes('kWh'));
  });

  await test('a silence breaks the line of the readings, and what was overwritten stays visible', async () => {
    const page = await open(newPage, `${HOME}?on=2026-11-01`);
    await page.waitForSelector('path.line');
    check.ok(await page.locator('path.line').count() >= 2);
    check.ok(await page.locator('circle.overwritten').count() >= 1);
    check.match(await page.locator('figure.chart').last().locator('.legend').textContent(), /đến muộn/);
  });

  await test('a year of readings goes onto a canvas and still downloads as a picture', async () => {
    const page = await open(newPage, `${HOME}?view=year&on=2026-11-01`);
    await page.waitForSelector('canvas.plot-canvas');
    const [download] = await Promise.all([page.waitForEvent('download'),
      page.locator('figure.chart').last().getByRole('button', { name: 'Tải về SVG' }).click()]);
    const text = Buffer.concat(await (await download.createReadStream()).toArray()).toString();
    check.match(text, /<image[^>]+data:image\/png/);
  });

  await test('a refusal is a sentence with what to do', async () => {
    const page = await open(newPage, '/meter/nowhere');
    await page.waitForSelector('[role="alert"]:has-text("Không tìm thấy, hoặc bạn không được xem.")');
    await page.getByRole('button', { name: 'Thử lại' }).waitFor();
  });

  await test('who prefers less motion gets the new value at once', async () => {
    const page = await open(newPage, HOME, { reducedMotion: 'reduce' });
    await page.waitForSelector('.live');
    await page.waitForTimeout(200);
    await fetch(`${mock.url}/api/v1/readings`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ series: 'home-7/electricity', value: 99999, time: '2027-01-01T00:00:00+07:00' }) });
    await page.waitForSelector('.live [aria-hidden]:text-is("99.999")');
  });

  mock.close();
});
