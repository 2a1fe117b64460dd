"""What the tests of SensorThings share: a server without a key, requests behind the root,
entities."""
import json
import unittest
import urllib.parse

from xanh import Server

GEOJSON = "application/geo+json"
MEASUREMENT = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
SETS = {"Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors",
        "ObservedProperties", "Observations", "FeaturesOfInterest", "MultiDatastreams"}
LINKS = {
    "Things": {"Locations", "HistoricalLocations", "Datastreams", "MultiDatastreams"},
    "Locations": {"Things", "HistoricalLocations"},
    "HistoricalLocations": {"Thing", "Locations"},
    "Datastreams": {"Thing", "Sensor", "ObservedProperty", "Observations"},
    "MultiDatastreams": {"Thing", "Sensor", "ObservedProperties", "Observations"},
    "Sensors": {"Datastreams", "MultiDatastreams"},
    "ObservedProperties": {"Datastreams", "MultiDatastreams"},
    "Observations": {"Datastream", "FeatureOfInterest", "MultiDatastream"},
    "FeaturesOfInterest": {"Observations"},
}
# Which kind of set a navigation property to one leads to.
TO_ONE = {"Thing": "Things", "Sensor": "Sensors", "ObservedProperty": "ObservedProperties",
          "Datastream": "Datastreams", "MultiDatastream": "MultiDatastreams",
          "FeatureOfInterest": "FeaturesOfInterest"}


def point(lon, lat):
    return {"type": "Point", "coordinates": [lon, lat]}


def location(name="Hồ Gươm", lon=105.852, lat=21.029):
    return {"name": name, "description": f"around {name}", "encodingType": GEOJSON,
            "location": point(lon, lat)}


def sensor(name="DS18B20"):
    return {"name": name, "description": "a thermometer", "encodingType": "application/pdf",
            "metadata": "http://example.org/ds18b20.pdf"}


def observed_property(name="air temperature"):
    return {"name": name, "description": f"the {name}",
            "definition": "http://qudt.org/vocab/quantitykind/Temperature"}


def datastream(name="temperature", **fields):
    return {"name": name, "description": f"{name} of the air", "observationType": MEASUREMENT,
            "unitOfMeasurement": {"name": "degree Celsius", "symbol": "degC",
                                  "definition": "ucum:Cel"},
            "Sensor": sensor(), "ObservedProperty": observed_property(), **fields}


def thing(name="station", **fields):
    return {"name": name, "description": f"the {name}",
            "properties": {"owner": "ward 7", "floor": 3}, "Locations": [location()], "Datastreams": [datastream()], **fields}


def multi_datastream(thing_id, properties=("wind speed", "wind direction"), **fields):
    return {"name": "wind", "description": "speed and direction",
            "observationType":
                "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_ComplexObservation",
            "multiObservationDataTypes": [MEASUREMENT] * len(properties),
            "unitOfMeasurements": [{"name": "metre per second", "symbol": "m/s",
                                    "definition": "ucum:m/s"},
                                   {"name": "degree", "symbol": "deg", "definition": "ucum:deg"}]
            [:len(properties)],
            "Thing": {"@iot.id": thing_id}, "Sensor": sensor("anemometer"),
            "ObservedProperties": [observed_property(name) for name in properties], **fields}


class SensorThings(unittest.TestCase):
    """A server of its own for the tests of a class. Real numbers of answers are floats."""
    version = "v1.1"
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(identity="operator", options=cls.options)
        cls.client = cls.server.client()
        cls.root = f"http://127.0.0.1:{cls.server.port}/{cls.version}"

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.stop()

    def ask(self, method, path, body=None, headers=None):
        """path: behind the root, as people write it; or a whole link."""
        path = path[len(self.root) + 1:] if path.startswith(self.root) else path
        quoted = urllib.parse.quote(path, safe="/?&=$()',;:@!*+%~")
        answer = self.client.request(method, f"/{self.version}/{quoted}".rstrip("/"), body, headers)
        answer.json = lambda: json.loads(answer.body)
        return answer

    def get(self, path):
        return self.ask("GET", path).expect(200)

    def values(self, path):
        return self.get(path)["value"]

    def names(self, path):
        return [value["name"] for value in self.values(path)]

    def results(self, path):
        return [value["result"] for value in self.values(path)]

    def post(self, path, body):
        """Creates; returns the entity as its Location header shows it."""
        answer = self.ask("POST", path, body)
        answer.expect(201)
        link = answer.headers["location"]
        self.assertTrue(link.startswith(self.root + "/"), link)
        return self.get(link)

    def patch(self, path, body, method="PATCH", headers=None):
        answer = self.ask(method, path, body, headers)
        answer.expect(200, 204)
        return self.get(path)

    def delete(self, path):
        self.ask("DELETE", path).expect(200, 204)

    def make(self, **fields):
        """A Thing with a Location and a Datastream: (thing id, datastream id)."""
        made = self.post("Things", thing(**fields))["@iot.id"]
        return made, self.values(f"Things({made})/Datastreams")[0]["@iot.id"]

    def observe(self, stream, result, time=None, **fields):
        body = {"result": result, "Datastream": {"@iot.id": stream}, **fields}
        if time:
            body["phenomenonTime"] = time
        return self.post("Observations", body)

    def refused(self, method, path, body=None, status=400, headers=None):
        answer = self.ask(method, path, body, headers)
        self.assertEqual(answer.status, status, answer.text[:500])
        return json.loads(answer.body)


def all_pages(test, path):
    values = []
    while path:
        page = test.get(path)
        values += page["value"]
        path = page.get("@iot.nextLink")
    return values
