/* The resident's home on a phone: this month's bill with its tiers, one thing to do, the number on the
 * meter, and what is theirs. */
import { noSerious } from './axe.mjs';
import { check, run } from './browser.mjs';
import { startProgram, until } from './program.mjs';

const program = await startProgram({ homes: 7, days: 70, clock: '' });
const HOME = { 'Xanh-View-As': 'resident-7' };
const as = (path) => program.ask('GET', path, undefined, HOME).then(({ body }) => body);
const series = await as('/api/v1/core/series/by/code/home-7/electricity');
const month = await as(`/api/v1/core/do/month_so_far?series=${series.id}`);

async function open(newPage, { lang = 'vi', ...options } = {}) {
  const page = await newPage({ width: 360, height: 740, eyes: null, ...options });
  await page.goto(`${program.url}/home?as=resident-7&lang=${lang}`);
  await page.waitForSelector('.month-electricity .ladder');
  await page.waitForFunction(() => !document.querySelector('.waiting'));
  return page;
}

const text = (page, selector) => page.locator(selector).first().innerText();

await run(async ({ test, newPage }) => {
  await test('400 kWh are 1.160.460 ₫, with the day on which the fifth tier began', async () => {
    const page = await open(newPage);
    check.equal(await text(page, '.month-electricity .big-value'), '1.160.460\u00a0₫');
    check.match(await text(page, '.month-electricity .month-quantity'), /^400 kWh/);
    const [, , of] = month.fifth_tier_day.split('-').map(Number);
    check.match(await text(page, '.month-electricity .month-day'), new RegExp(`Bậc 5 .* ${of}/11/`));
    check.equal(await page.locator('.month-electricity .ladder li').count(), 6);
    check.match(await text(page, '.ladder-here'), /^Bậc 5 301–400/);
  });

  await test('the forecast and its range are those of the server, in both languages', async () => {
    for (const lang of ['vi', 'en']) {
      const page = await open(newPage, { lang });
      const said = (await text(page, '.month-electricity')).replaceAll(/[.,\u00a0]/g, '');
      for (const name of ['forecast_amount', 'low_amount', 'high_amount']) {
        check.ok(said.includes(`${month[name]}₫`), `${lang}: ${name} ${month[name]}`);
      }
      await page.context().close();
    }
  });

  await test('water stands beside it, and one thing to do with what it saves', async () => {
    const page = await open(newPage);
    const advice = await as(`/api/v1/energy/do/advice?series=${series.id}`);
    check.match(await text(page, '.month-water'), /m³/);
    check.ok((await text(page, '.advice')).includes(advice.tips[0].title_vi));
    await page.getByText('Vì sao?').click();
    check.ok((await text(page, '.advice')).includes(advice.tips[0].why_vi));
  });

  await test('a number on the meter is judged while it is typed, and sent', async () => {
    const page = await open(newPage);
    const last = (await as('/api/v1/readings/last?series=home-7/electricity')).items[0].value;
    await page.fill('.read-number', '1');
    await page.waitForSelector('.opinion-odd');
    check.match(await text(page, '.opinion-odd'), /Nhỏ hơn lần trước/);
    await page.fill('.read-number', String((Number(last) + 0.1).toFixed(2)).replace('.', ','));
    await page.waitForSelector('.opinion:not(.opinion-odd)');
    await page.getByRole('button', { name: 'Gửi chỉ số' }).click();
    await page.waitForSelector('.send-sent');
    await until('the reading to be there', async () => {
      const { items } = await as('/api/v1/readings/last?series=home-7/electricity');
      return items[0].quality.includes('manual');
    });
  });

  await test('what is no number is said to be none', async () => {
    const page = await open(newPage);
    await page.fill('.read-number', 'mười hai');
    await page.getByRole('button', { name: 'Gửi chỉ số' }).click();
    check.match(await text(page, '.field-error'), /Hãy nhập một số/);
    check.equal(await page.locator('.send').count(), 0);
  });

  await test('the readings are taken along, and how many would be erased is told before they are', async () => {
    const page = await open(newPage);
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Tải về (CSV)' }).first().click();
    check.equal((await waiting).suggestedFilename(), 'home-7-electricity.csv');
    await page.getByRole('button', { name: 'Xoá…' }).first().click();
    await page.getByRole('button', { name: 'Xem sẽ xoá bao nhiêu' }).click();
    await page.waitForSelector('.erase .notice-warn');
    check.match(await text(page, '.erase .notice-warn'), /\d số đo/);
  });

  await test('the last bill comes as a PDF', async () => {
    const page = await open(newPage);
    const waiting = page.waitForEvent('download');
    await page.locator('.month-electricity .month-links button').click();
    check.match((await waiting).suggestedFilename(), /^home-7-electricity.*\.pdf$/);
  });

  await test('nothing is in the way of anybody, on a phone, wide, and in the dark', async () => {
    for (const options of [{}, { width: 1366, height: 768, lang: 'en' }, { colorScheme: 'dark' }, { width: 320, height: 640 }]) {
      const page = await open(newPage, options);
      await noSerious(page, JSON.stringify(options));
      check.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));
      await page.context().close();
    }
  });
});
