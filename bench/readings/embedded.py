"""A store that is a library, in a process of its own so that its CPU can be counted and it can be
killed. It is told what to do in lines of JSON on its standard input.

    embedded.py LIBRARY FOLDER TABLES SETTING
"""
import json
import sys
import threading

LIBRARY, FOLDER, TABLES, SETTING = sys.argv[1:5]


class DuckDB:
    def __init__(self):
        import duckdb
        self.database = duckdb.connect(FOLDER + "/bench.duckdb")

    def prepare(self):
        self.database.execute(
            "CREATE TABLE reading (meter UINTEGER, ts TIMESTAMP, value DOUBLE)")

    def loader(self):
        """What a thread of its own loads batches with."""
        cursor = self.database.cursor()

        def load(number):
            cursor.execute(
                "INSERT INTO reading SELECT meter, make_timestamp(s * 1000000), value FROM "
                f"read_csv('{TABLES}/{number}.tsv', delim='\\t', header=false, auto_detect=false, "
                "columns={'meter': 'UINTEGER', 's': 'BIGINT', 'value': 'DOUBLE'})")
        return load

    def settle(self):
        self.database.execute("CHECKPOINT")

    def rows(self, sql):
        return self.database.execute(sql).fetchall()


class ChDB:
    DURABLE = ", fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1"

    def __init__(self):
        from chdb import session
        self.session = session.Session(FOLDER + "/bench")
        self.lock = threading.Lock()  # a session is for one thread

    def prepare(self):
        durable = self.DURABLE if SETTING == "durable" else ""
        self.session.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
        self.session.query(
            "CREATE TABLE bench.reading (meter UInt32, ts DateTime('UTC'), value Float64) ENGINE = "
            "MergeTree PARTITION BY toYYYYMM(ts) ORDER BY (meter, ts) "
            f"SETTINGS index_granularity = 8192{durable}")

    def loader(self):
        def load(number):
            with self.lock:
                self.session.query(
                    "INSERT INTO bench.reading SELECT * FROM "
                    f"file('{TABLES}/{number}.tsv', TabSeparated, 'meter UInt32, ts UInt32, "
                    "value Float64')")
        return load

    def settle(self):
        self.session.query("OPTIMIZE TABLE bench.reading FINAL")

    def rows(self, sql):
        text = str(self.session.query(sql.replace("FROM reading", "FROM bench.reading"),
                                      "JSONCompact"))
        return [[cell if isinstance(cell, float) or "-" in str(cell) else float(cell)
                 for cell in row] for row in json.loads(text)["data"]]


def load_all(store, begin, end, connections):
    numbers, lock, failed = iter(range(begin, end)), threading.Lock(), []

    def work():
        load = store.loader()
        while not failed:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            try:
                load(number)
            except Exception as error:  # told to the parent, whatever it is
                failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def main():
    store = {"duckdb": DuckDB, "chdb": ChDB}[LIBRARY]()
    for line in sys.stdin:
        what, *arguments = json.loads(line)
        try:
            if what == "rows":
                answer = [list(map(plain, row)) for row in store.rows(*arguments)]
            elif what == "load":
                answer = load_all(store, *arguments)
            else:
                answer = getattr(store, what)() if what != "ready" else True
        except Exception as error:  # told to the parent, whatever it is
            answer = f"{type(error).__name__}: {error}"
        print(json.dumps(answer), flush=True)


def plain(cell):
    return cell if isinstance(cell, (int, float)) or cell is None else str(cell)


if __name__ == "__main__":
    main()
