"""What is sent to every store, and what each must then answer.

The text comes from `xanh bench readings --print-lines`: a reading is a pure function of seed, meter
and time. It is cut into batches once; a table of the same batches (meter, seconds, value) is made for
stores that do not read line protocol. The last batches are held back for the trial with kill -9.
"""
import datetime
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

HELD_BACK_SHARE = 0.05
DAY_S = 86400
BEGIN_S = int(datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc).timestamp())


@dataclass
class Truth:
    """Of the batches that are loaded first. Values in thousandths, so that sums are exact."""
    count: int = 0
    day_sums: dict = field(default_factory=dict)  # day from 0 -> sum
    last: dict = field(default_factory=dict)      # meter -> (second, value)
    first_meter: dict = field(default_factory=dict)  # second -> value
    midnights: dict = field(default_factory=dict)    # day -> [meters that were read, sum]

    def add(self, meter, at_s, value):
        self.count += 1
        day = (at_s - BEGIN_S) // DAY_S
        self.day_sums[day] = self.day_sums.get(day, 0) + value
        if meter not in self.last or self.last[meter][0] < at_s:
            self.last[meter] = (at_s, value)
        if (at_s - BEGIN_S) % DAY_S == 0:
            seen = self.midnights.setdefault(day, [0, 0])
            seen[0] += 1
            seen[1] += value
        if meter == 0:
            self.first_meter[at_s] = value


class Feed:
    def __init__(self, program, folder, options):
        self.meters, self.days, self.step_s = options.meters, options.days, options.step
        self.folder = Path(folder)
        self.lines, self.tables = [], []  # one body a batch
        self.truth = Truth()
        text = subprocess.run(
            [program, "bench", "readings", "--print-lines", "--meters", str(self.meters), "--days",
             str(self.days), "--step", str(self.step_s), "--late", str(options.late)],
            stdout=subprocess.PIPE, check=True).stdout
        self.cut(text.splitlines(keepends=True), options.batch)

    def cut(self, lines, batch_rows):
        batch_count = (len(lines) + batch_rows - 1) // batch_rows
        self.load_count = max(1, batch_count - max(1, int(batch_count * HELD_BACK_SHARE)))
        self.row_counts = []
        for number in range(batch_count):
            batch = lines[number * batch_rows:(number + 1) * batch_rows]
            self.lines.append(b"".join(batch))
            self.tables.append(self.table_of(batch, number < self.load_count))
            self.row_counts.append(len(batch))

    def table_of(self, batch, is_loaded):
        rows = []
        for line in batch:  # energy,series=bench-00000001 value=1.234 1735689600000000000
            head, value, nanoseconds = line.split()
            meter, at_s = int(head[20:]), int(nanoseconds) // 1_000_000_000
            rows.append(b"%d\t%d\t%s\n" % (meter, at_s, value[6:]))
            if is_loaded:
                whole, _, digits = value[6:].partition(b".")
                self.truth.add(meter, at_s, int(whole + digits.ljust(3, b"0")))
        return b"".join(rows)

    def write_tables(self, folder):
        """One file a batch, for stores that read files."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        for number, table in enumerate(self.tables):
            (folder / f"{number}.tsv").write_bytes(table)

    def name_of(self, meter):
        return f"bench-{meter:08d}"

    @property
    def reading_count(self):
        return self.truth.count

    @property
    def held_back_count(self):
        return sum(self.row_counts[self.load_count:])

    @property
    def month_s(self):
        """(from, to) of the month that is asked for."""
        return BEGIN_S, BEGIN_S + 30 * DAY_S

    def month_truth(self):
        begin_s, end_s = self.month_s
        values = [v for at_s, v in self.truth.first_meter.items() if begin_s <= at_s < end_s]
        return len(values), sum(values) / 1000

    def day_truth(self):
        return [self.truth.day_sums[day] / 1000 for day in sorted(self.truth.day_sums)]

    def last_truth(self):
        return len(self.truth.last), sum(value for _, value in self.truth.last.values()) / 1000


    def use_truth(self):
        """What all registers together rose by, day by day, up to the first midnight that is not
        there for all meters."""
        sums, days = self.truth.midnights, []
        while all(sums.get(len(days) + i, [0])[0] == self.meters for i in (0, 1)):
            days.append((sums[len(days) + 1][1] - sums[len(days)][1]) / 1000)
        return days
