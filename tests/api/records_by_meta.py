"""Records made from what /api/v1/meta says of their fields: so a new record type is tested without a
line written for it."""
import itertools

# Texts that must mean something, by the name of their field.
TEXTS = {"unit": "kWh", "zone": "Asia/Ho_Chi_Minh", "quantity": "energy.electricity",
         "record_type": "programme.report", "currency": "VND", "weekdays": "Mon-Sat",
         "tariff": "evn-residential", "shown_unit": "kWh", "baseline_unit": "kWh",
         "expected_unit": "kWh", "output_unit": "hl", "measured_by": "", "each_of": "/rows", "when_pointer": "/type",
         "time_pointer": "/t", "again_pointer": "/id", "pointer": "/v"}

# Fields that a rule of their record may ask for.
NEEDED = {"value", "value_min", "value_max", "unit", "party"}


class Maker:
    """Makes records through the API; what is referred to is made first, once."""

    def __init__(self, client):
        self.client = client
        self.meta = client.get("/api/v1/meta").expect(200)
        self.types = {f"{room['name']}.{r['name']}": r for room in self.meta["rooms"]
                      for r in room["records"]}
        self.numbers = itertools.count(1)
        self.made = {}

    def value(self, field, depth):
        kind, name = field["type"], field["name"]
        number = next(self.numbers)
        if kind == "ref":
            return self.ref(field["ref"]["type"], depth + 1)
        if kind == "text":
            text = TEXTS.get(name) or f"{name}-{number}"
            return text[:field["length_max"]] if not field["unique"] else f"t-{number}"
        if kind == "choice":
            return field["choices"][0]["value"]
        if kind == "day":
            return "2026-02-01" if name.endswith("_to") or name in (
                "due", "done", "removed", "period_end") else "2026-01-01"
        if kind == "time":
            return "2026-01-01T00:00:00Z"
        if kind == "bool":
            return True
        low, high = field["min"], field["max"]
        return 1 if low is None or low <= 1 <= high else low

    def body(self, type_name, depth=0, only_required=False):
        record = self.types[type_name]
        body = {}
        for field in record["fields"]:
            if field["read_only"] or field["computed"]:
                continue
            is_self = field["ref"] is not None and field["ref"]["type"] == type_name
            is_needed = field["required"] or field["name"] in NEEDED
            if is_needed or not (only_required or is_self or depth > 0):
                body[field["name"]] = self.value(field, depth)
        # Either all minutes of a day or none; whole hours.
        if "minute_from" in body:
            body["minute_from"], body["minute_to"] = 0, 60
        if "quantity_from" in body:
            body["quantity_from"], body["quantity_to"] = 1, 2
        if "duty" in body:
            body["duty"] = self.duty_for(type_name)
        if "keep_days" in body:
            body.update(keep_days=90, thin_after_days=30, thin_step_s=3600)
        for name, high in (("value_min", "value_max"), ("min", "max"), ("range_min", "range_max"),
                           ("verified_low", "verified_high")):
            if name in body:
                body[name], body[high] = 1, 2
        for part in record["parts"]:
            if not only_required and depth == 0:
                body[part["name"]] = [{f["name"]: self.value(f, depth + 1) for f in part["fields"]
                                       if not f["read_only"] and not f["computed"]}]
        return body

    def duty_for(self, type_name):
        """A duty that such a record fulfils."""
        key = ("core.duty", type_name)
        if key not in self.made:
            self.made[key] = self.make("core.duty", 1, record_type=type_name)["id"]
        return self.made[key]

    def ref(self, type_name, depth):
        if type_name not in self.made:
            self.made[type_name] = self.make(type_name, depth)["id"]
        return self.made[type_name]

    def make(self, type_name, depth=0, **changes):
        body = {**self.body(type_name, depth, only_required=depth > 0), **changes}
        return self.client.post(self.types[type_name]["path"], body).expect(201)

    def path(self, type_name, record):
        return f"{self.types[type_name]['path']}/{record['id']}"
