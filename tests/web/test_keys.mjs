/* A server that asks for keys: who has none sees the place, who has one sees what is his, live. */
import { check, run } from './browser.mjs';
import { serveAgain, startProgram } from './program.mjs';

const demo = await startProgram({ homes: 7, days: 3 });
await demo.stop();
const program = await serveAgain(demo);
const operator = { Authorization: `Bearer ${program.keys.operator}` };

async function enter(page, key) {
  await page.getByRole('button', { name: 'Nhập khoá' }).click();
  await page.getByLabel('Khoá', { exact: true }).fill(key);
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
}

await run(async ({ test, newPage }) => {
  await test('without a key one sees the place and its indicators, and no home', async () => {
    const page = await newPage({ eyes: null });
    await page.goto(`${program.url}/meters`);
    await page.waitForSelector('.indicators .big-small');
    check.equal(await page.locator('.meters').count(), 0);
    await page.goto(`${program.url}/meter/home-7/electricity`);
    await page.waitForSelector('[role="alert"]');
    check.equal(await page.locator('.big-value').count(), 0);
  });

  await test('with the key of home 7 one sees home 7, and its new value as it arrives', async () => {
    const page = await newPage({ eyes: null });
    await page.goto(`${program.url}/meters`);
    await page.waitForSelector('h1');
    await enter(page, program.keys['resident-7']);
    await page.waitForSelector('.meters');
    const codes = await page.$$eval('.meters tbody th .soft', (all) => all.map((one) => one.textContent));
    check.ok(codes.every((code) => code.startsWith('home-7/')), codes.join());
    await page.locator('.meters a[href*="home-7/electricity"]').click();
    await page.waitForSelector('.bill-lines');
    await page.waitForTimeout(500);
    const { items: [last] } = await (await fetch(
      `${program.url}/api/v1/readings/last?series=home-7/electricity`, { headers: operator })).json();
    const value = Math.round(last.value) + 1;
    await program.post('/api/v1/readings', { series: 'home-7/electricity', value }, operator);
    await page.waitForSelector(`.live:has-text("${new Intl.NumberFormat('vi-VN').format(value)}")`);
  });

  await test('a wrong key is told, and can be forgotten', async () => {
    const page = await newPage({ eyes: null });
    await page.goto(`${program.url}/meters`);
    await page.waitForSelector('h1');
    await enter(page, 'wrong');
    await page.getByRole('button', { name: 'Nhập khoá' }).click();
    await page.waitForSelector('dialog [role="alert"]:has-text("khoá")');
    await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Bỏ khoá' }).click()]);
    await page.waitForSelector('.indicators .big-small');
  });

  await test('a lost connection is told, and heals by itself', async () => {
    const page = await newPage({ eyes: null });
    await page.goto(`${program.url}/meters`);
    await page.waitForSelector('h1');
    await enter(page, program.keys.operator);
    await page.goto(`${program.url}/meter/home-7/electricity`);
    await page.waitForSelector('.bill-lines');
    await program.stop();
    await page.waitForSelector('.lost', { timeout: 5000 });
    const again = await serveAgain(demo, Number(new URL(program.url).port));
    await page.waitForSelector('.lost', { state: 'detached', timeout: 15000 });
    await page.close();
    page.errors.length = 0; /* the browser logs each try in vain */
    await again.stop();
  });
});
