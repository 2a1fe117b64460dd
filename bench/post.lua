-- wrk: each POST one new reading, 400 meters in turn, one reading a second and meter.
local start = os.time() - 600
local count = 0
local headers = { ["Content-Type"] = "application/json" }

function request()
    local meter = count % 400 + 1
    local second = math.floor(count / 400)
    count = count + 1
    return wrk.format("POST", "/api/v1/readings", headers, string.format(
        '{"series":"meter-%04d/electricity","time":"%s","value":%.3f}', meter,
        os.date("!%Y-%m-%dT%H:%M:%SZ", start + second), 100000 + count / 1000))
end
