"""The storm of bench/storm, small: 60,000 readings over MQTT, HTTP and a bridge while each sync of the disk
takes 200 ms, queues run full, mosquitto and Xanh are killed and Xanh stands still."""
import sys
import unittest

from xanh import ROOT

sys.path.insert(0, str(ROOT / "bench" / "storm"))
import storm  # noqa: E402


class Small(unittest.TestCase):
    def test_nothing_acknowledged_is_lost_and_what_comes_twice_is_recognised(self):
        one = storm.Storm(storm.SMALL)
        one.run()
        self.assertEqual(one.faults(), [], one.table())
        different = {name: outcome.acknowledged for name, outcome in one.outcomes.items()}
        plan = storm.SMALL
        self.assertEqual(different["bridge"], plan.bridge.events)
        self.assertEqual(different["flood"], plan.flood)
        # of these a few were refused for their clocks, or given up while there was no server
        self.assertGreater(different["mqtt"], 0.98 * plan.mqtt.events)
        self.assertGreater(different["http"], 0.5 * plan.http.events)


if __name__ == "__main__":
    unittest.main()
