"""Workbooks made by hand, as spreadsheets write them (ECMA-376): sheets of texts, numbers, dates,
merged cells. A cell is None, text, a number, a date (kept as its serial number with a format of
dates)."""
import datetime
import io
import zipfile
from xml.sax.saxutils import escape

EPOCH = datetime.date(1899, 12, 30)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def name_of(column):
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def cell(reference, value):
    if isinstance(value, datetime.date):
        return f'<c r="{reference}" s="1"><v>{(value - EPOCH).days}</v></c>'
    if isinstance(value, str):
        return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f'<c r="{reference}"><v>{value}</v></c>'


def sheet(rows, merged=()):
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(cell(f"{name_of(at)}{number}", value) for at, value in enumerate(row)
                        if value is not None)
        if cells:
            lines.append(f'<row r="{number}">{cells}</row>')
    merges = "".join(f'<mergeCell ref="{part}"/>' for part in merged)
    return (f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData>'
            + (f"<mergeCells>{merges}</mergeCells>" if merges else "") + "</worksheet>")


def workbook(sheets):
    """The bytes of a workbook. sheets: {name: rows} or {name: (rows, merged ranges)}."""
    parts = {name: value if isinstance(value, tuple) else (value, ()) for name, value in sheets.items()}
    listed = "".join(f'<sheet name="{escape(name)}" sheetId="{i}" r:id="r{i}"/>'
                     for i, name in enumerate(parts, 1))
    relations = "".join(f'<Relationship Id="r{i}" Type="{OFFICE}/worksheet" '
                        f'Target="worksheets/sheet{i}.xml"/>' for i in range(1, len(parts) + 1))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r" '
                         f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>')
        archive.writestr("xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
                         f"<sheets>{listed}</sheets></workbook>")
        archive.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{PACKAGE}">{relations}'
                         f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/>'
                         "</Relationships>")
        archive.writestr("xl/styles.xml", f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/>'
                         '<xf numFmtId="14"/></cellXfs></styleSheet>')
        for i, (rows, merged) in enumerate(parts.values(), 1):
            archive.writestr(f"xl/worksheets/sheet{i}.xml", sheet(rows, merged))
    return out.getvalue()
