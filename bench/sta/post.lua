-- wrk: each POST one new Observation, the Datastreams of BENCH_STREAMS (ids, apart by commas) in turn.
local start = os.time() - 600
local streams = {}
for id in string.gmatch(os.getenv("BENCH_STREAMS"), "%d+") do streams[#streams + 1] = id end
local prefer = os.getenv("BENCH_PREFER")
local headers = { ["Content-Type"] = "application/json" }
if prefer then headers["Prefer"] = prefer end
local count = 0

function request()
    local stream = streams[count % #streams + 1]
    local second = math.floor(count / #streams)
    count = count + 1
    return wrk.format("POST", "/v1.1/Observations", headers, string.format(
        '{"phenomenonTime":"%s","result":%.3f,"Datastream":{"@iot.id":%s}}',
        os.date("!%Y-%m-%dT%H:%M:%SZ", start + second), 20 + count / 1000, stream))
end
