-- wrk: each POST one new Observation, the Datastreams of BENCH_STREAMS (ids, apart by commas) in turn.
-- What stays the same is made once, for the sender shares the processors with the server; BENCH_PATH
-- sends the very same to another server.
local start = os.time() - 600
local path = os.getenv("BENCH_PATH") or "/v1.1/Observations"
local prefer = os.getenv("BENCH_PREFER")
local headers = { ["Content-Type"] = "application/json" }
if prefer then headers["Prefer"] = prefer end
local TIME, RESULT = "2000-01-01T00:00:00Z", "00000.5"
local before, between, behind = {}, {}, {}
local count, stream, time = 0, 0, ""

function init()
    for id in string.gmatch(os.getenv("BENCH_STREAMS"), "%d+") do
        local text = wrk.format("POST", path, headers, string.format(
            '{"phenomenonTime":"%s","result":%s,"Datastream":{"@iot.id":%s}}', TIME, RESULT, id))
        local at = text:find(TIME, 1, true)
        local result = text:find(RESULT, at, true)
        before[#before + 1] = text:sub(1, at - 1)
        between[#between + 1] = text:sub(at + #TIME, result - 1)
        behind[#behind + 1] = text:sub(result + #RESULT)
    end
    stream = #before
end

function request()
    if stream == #before then
        stream = 0
        time = os.date("!%Y-%m-%dT%H:%M:%SZ", start + count)
        count = count + 1
    end
    stream = stream + 1
    return before[stream] .. time .. between[stream] .. 10000 + (count + stream) % 90000 .. ".5" ..
        behind[stream]
end
