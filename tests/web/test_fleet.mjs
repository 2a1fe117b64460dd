/* The pages of devices against the program: the list with its states and search, a device with its
 * keys and live tail, many at once from a table, a meter replaced; a phone's width too. */
import { check, run } from './browser.mjs';
import { startProgram, until } from './program.mjs';

const program = await startProgram({ homes: 2, days: 2 });

const TABLE = 'code,name,place,quantity,unit,series_kind\n'
  + 'w-1,Công tơ đống đa,home-1,energy.electricity,kWh,register\n'
  + 'w-2,Cảm biến,home-1,battery_pct,%,gauge\n';

async function open(newPage, path, options) {
  const page = await newPage({ width: 1366, height: 768, ...options });
  await page.goto(program.url + path);
  return page;
}

async function drop(page, text) {
  await page.setInputFiles('input[type="file"]', {
    name: 'meters.csv', mimeType: 'text/csv', buffer: Buffer.from(text),
  });
}

const device = (code) => program.get(`/api/v1/core/devices/by/code/${code}`);

await run(async ({ test, newPage }) => {
  await test('a table shows its mistakes by line, and nothing is written', async () => {
    const page = await open(newPage, '/devices/new');
    await drop(page, `${TABLE}w-3,x,nowhere,,,\n`);
    await page.waitForSelector('tbody tr');
    check.equal((await page.textContent('tbody tr td')).trim(), '4');
    check.match(await page.textContent('tbody tr'), /nowhere/);
    check.equal(await page.getByRole('button', { name: 'Tạo', exact: true }).count(), 0);
    check.equal((await program.get('/api/v1/devices?q=w-1')).counts.all, 0);
  });

  await test('a right table becomes devices, and its keys are a file that is had once', async () => {
    const page = await open(newPage, '/devices/new');
    await drop(page, TABLE);
    await page.getByRole('button', { name: 'Tạo', exact: true }).click();
    const button = page.getByRole('button', { name: 'Tải tệp khóa' });
    const [file] = await Promise.all([page.waitForEvent('download'), button.click()]);
    const chunks = [];
    for await (const chunk of await file.createReadStream()) chunks.push(chunk);
    const lines = Buffer.concat(chunks).toString().trim().split('\r\n');
    check.equal(lines.length, 3);
    check.match(lines[1], /^w-1,\d+,xd_\d+_[0-9a-f]{48}$/);
  });

  await test('the list is searched without diacritics and filtered by state', async () => {
    await program.post('/api/v1/readings', { series: 'w-2/battery_pct', value: 11 });
    const page = await open(newPage, '/devices');
    await page.getByRole('searchbox').fill('dong da');
    await page.waitForURL(/q=dong/);
    await until('one row is left', async () => await page.locator('table.fleet tbody tr').count() === 1);
    await page.getByRole('searchbox').fill('w-');
    await page.getByRole('button', { name: /pin yếu 1/ }).click();
    await page.waitForURL(/state=low_battery/);
    await until('the low battery is left', async () => (await page.locator('table.fleet tbody tr')
      .allTextContents()).join('').includes('w-2'));
    check.match(await page.textContent('table.fleet tbody'), /11 %/);
  });

  await test('what needs care comes first, and is one click from the menu', async () => {
    const page = await open(newPage, '/');
    await page.click('header nav >> text=Thiết bị');
    await page.waitForSelector('.fleet-part');
    const parts = await page.$$eval('.fleet-part h2', (titles) => titles.map((h) => h.textContent));
    check.match(parts[0], /^Cần xem/);
    check.match(parts[1], /^Đang gửi bình thường/);
    const { counts } = await program.get('/api/v1/devices?state=care');
    check.equal(counts.care, counts.all - counts.fine);
    check.equal(await page.locator('.fleet-part:first-of-type tbody tr').count(), counts.care);
    await page.click('.fleet-tabs >> text=Chất lượng số liệu');
    await page.waitForURL(/quality/);
    await open(newPage, '/?as=public').then(async (other) => {
      await other.waitForSelector('header nav a');
      check.equal(await other.locator('header nav >> text=Thiết bị').count(), 0);
    });
  });

  await test('a key is made, shown once with its QR code, works, and is revoked', async () => {
    const { id } = await device('w-1');
    const page = await open(newPage, `/devices/${id}`);
    await page.getByRole('button', { name: 'Tạo khóa' }).click();
    await page.waitForSelector('img.fleet-qr');
    const key = (await page.textContent('.fleet-secret')).trim();
    const me = () => fetch(`${program.url}/api/v1/me`, { headers: { Authorization: `Bearer ${key}` } });
    check.equal((await (await me()).json()).name, 'device-w-1');
    page.on('dialog', (dialog) => dialog.accept());
    await page.getByRole('button', { name: 'Thu hồi' }).first().click();
    await page.waitForSelector('text=đã thu hồi');
    check.equal((await me()).status, 401);
    await page.reload();
    await page.waitForSelector('h1');
    check.equal(await page.locator('.fleet-secret').count(), 0);
  });

  await test('the live tail shows what comes', async () => {
    const { id } = await device('w-1');
    const page = await open(newPage, `/devices/${id}`);
    await page.getByRole('button', { name: 'Xem trực tiếp' }).click();
    await page.waitForSelector('text=Đang nghe');
    let value = 40;
    await until('a reading is shown', async () => {
      value += 1;
      await program.post('/api/v1/readings', { series: 'w-1/electricity', value });
      return await page.locator('.fleet-reading').count() > 0;
    });
    check.match(await page.textContent('.fleet-reading'), /w-1\/electricity/);
  });

  await test('a meter is replaced, and the series goes on under the new one', async () => {
    const { id } = await device('w-1');
    const page = await open(newPage, `/devices/${id}`);
    await page.getByRole('button', { name: 'Thay', exact: true }).click();
    await page.getByLabel('Mã thiết bị mới').fill('w-9');
    await page.getByLabel('Chỉ số cuối của công tơ cũ').fill('50,5');
    await page.getByLabel('Chỉ số đầu của công tơ mới').fill('3');
    await page.locator('form').getByRole('button', { name: 'Thay công tơ' }).click();
    await page.waitForSelector('text=Đã thay bằng');
    const made = await device('w-9');
    check.equal(made.replaces, id);
    check.equal((await program.get(`/api/v1/devices/${made.id}`)).series[0].code, 'w-1/electricity');
  });

  await test('both pages fit a phone and speak English', async () => {
    const { id } = await device('w-9');
    for (const path of ['/devices?lang=en', `/devices/${id}?lang=en`, '/devices/new?lang=en']) {
      const page = await open(newPage, path, { width: 360, height: 740 });
      await page.waitForSelector('h1');
      await page.waitForSelector('main .panel, main table');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth
        - document.documentElement.clientWidth);
      check.equal(wide, 0, path);
      check.doesNotMatch(await page.textContent('main'), /fleet\.[a-z]/);
    }
  });
});

await program.stop();
