-- wrk: one meter reading in each POST, as a logger in the field would send it.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"meter":"home-7/electricity","at":"2026-11-21T08:00:00Z",' ..
    '"quantity":"energy_kwh","value":"1234.567"}\n'
