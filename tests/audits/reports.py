"""What the tests of audits ask for and read."""

PEOPLE = 30


def labelled(folder):
    return ["--people", folder / "people.csv", "--photos", folder / "photos.csv", "--group-by", "gender"]


def rates(report):
    """Counts of every rate in the report's tables, by section, table, row and column."""
    found = {}
    for section in report["sections"]:
        for table in section["tables"]:
            for row in table["rows"]:
                for column, cell in zip(table["columns"], row):
                    if isinstance(cell, dict):
                        found[section["id"], table["id"], row[0], column] = (cell["events"], cell["trials"])
    return found
