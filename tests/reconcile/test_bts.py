"""BTS files in every layout that people download, and files that are none."""

from __future__ import annotations

import gzip
import zipfile
from datetime import date
from pathlib import Path

import pytest

from aviastack.errors import BadRequest
from aviastack.reconcile.bts import read_bts
from aviastack.reconcile.taxi_table import LEAST, taxi_times

MARKETING = (
    '"FlightDate","IATA_Code_Marketing_Airline","Flight_Number_Marketing_Airline","Operating_Airline ",'
    '"Origin","OriginCityName","Dest","CRSDepTime","DepDelay","TaxiOut","WheelsOff","WheelsOn","TaxiIn","CRSArrTime",'
    '"ArrDelay","Cancelled","Diverted",\n'
    '2024-04-16,"DL","5251","9E","ABE","Allentown, PA","ATL","0600",-3.00,23.00,"0620","0805",8.00,"0830",-17.00,0.00,'
    "0.00,\n"
    '2024-04-16,"DL","0012","DL","JFK","New York, NY","LAX","2359",5.00,20.00,"2400","0305",9.00,"0310",4.00,0.00,'
    "0.00,\n"
    '2024-04-17,"DL","13","DL","JFK","New York, NY","LAX","0900",,,"","",,"1200",,1.00,0.00,\n'
)
FORM = (
    "FL_DATE,OP_UNIQUE_CARRIER,OP_CARRIER_FL_NUM,ORIGIN,DEST,CRS_DEP_TIME,DEP_DELAY,TAXI_OUT,WHEELS_OFF,WHEELS_ON,"
    "TAXI_IN,CRS_ARR_TIME,ARR_DELAY,CANCELLED,DIVERTED\n"
    "4/16/2024 12:00:00 AM,9E,5251,ABE,ATL,0600,-3.00,23.00,0620,0805,8.00,0830,-17.00,0.00,0.00\n"
)


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_a_marketing_file_is_read_with_its_clocks_nulls_and_trailing_comma(tmp_path: Path) -> None:
    flights = read_bts(written(tmp_path / "month.csv", MARKETING))
    assert flights.by_marketing
    assert flights.dates == (date(2024, 4, 16), date(2024, 4, 17))
    first, midnight, cancelled = flights.rows.rows(named=True)
    assert (first["carrier"], first["number"], first["origin"], first["destination"]) == ("DL", "5251", "ABE", "ATL")
    assert (first["scheduled_departure"], first["wheels_off"], first["departure_delay"]) == (360, 380, -3.0)
    assert (midnight["number"], midnight["wheels_off"]) == ("12", 0)
    assert cancelled["cancelled"]
    assert cancelled["arrival_delay"] is None


def test_a_form_download_is_read_by_its_column_names(tmp_path: Path) -> None:
    flights = read_bts(written(tmp_path / "T_ONTIME_REPORTING.csv", FORM))
    assert not flights.by_marketing
    [row] = flights.rows.rows(named=True)
    assert (row["date"], row["carrier"], row["taxi_in"]) == (date(2024, 4, 16), "9E", 8.0)


def test_zip_gzip_and_plain_files_are_the_same(tmp_path: Path) -> None:
    plain = read_bts(written(tmp_path / "month.csv", MARKETING))
    with zipfile.ZipFile(tmp_path / "month.zip", "w") as archive:
        archive.writestr("On_Time_Marketing.csv", MARKETING)
        archive.writestr("readme.html", "<html>")
    (tmp_path / "month.csv.gz").write_bytes(gzip.compress(MARKETING.encode()))
    for packed in ("month.zip", "month.csv.gz"):
        assert read_bts(tmp_path / packed).rows.equals(plain.rows)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("page.csv", b"<!DOCTYPE html><html></html>", "lacks iatacodereportingairline"),
        ("empty.csv", b"", "cannot be read as CSV"),
        ("no_taxi.csv", MARKETING.replace('"TaxiOut"', '"Other"').encode(), "lacks taxiout"),
        ("cut.zip", b"PK\x03\x04 cut off", "cannot be read as CSV"),
        ("dates.csv", FORM.replace("4/16/2024 12:00:00 AM", "16. April").encode(), "no readable date"),
    ],
)
def test_a_file_of_another_kind_is_named_with_what_it_lacks(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadRequest, match=said) as error:
        read_bts(tmp_path / name)
    assert str(tmp_path / name) in str(error.value)
    assert "transtats.bts.gov" in str(error.value)


def test_numbers_that_are_none_make_a_value_unknown_and_stop_nothing(tmp_path: Path) -> None:
    rows = FORM.splitlines()
    odd = [rows[1].replace(",0620,", f",{value},") for value in ("inf", "nan", "1e300", "-1", "0675")]
    flights = read_bts(written(tmp_path / "month.csv", "\n".join([*rows, *odd])))
    assert flights.rows["wheels_off"].to_list() == [380, None, None, None, None, None]
    nameless = rows[1].replace(",5251,", ",inf,")
    with pytest.raises(BadRequest, match="no readable date, carrier, number"):
        read_bts(written(tmp_path / "month.csv", "\n".join([*rows, nameless])))


def test_an_archive_that_cannot_be_unpacked_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "month.zip", "w") as archive:
        archive.writestr("month.csv", MARKETING)
    packed = bytearray((tmp_path / "month.zip").read_bytes())
    for header in (b"PK\x03\x04", b"PK\x01\x02"):
        packed[packed.index(header) + (6 if header.endswith(b"\x04") else 8)] |= 1  # the bit that says: encrypted
    (tmp_path / "month.zip").write_bytes(packed)
    with pytest.raises(BadRequest, match="cannot be read as CSV"):
        read_bts(tmp_path / "month.zip")


def test_taxi_times_are_by_airport_and_direction_where_there_are_enough_flights(tmp_path: Path) -> None:
    line = MARKETING.splitlines()[1]
    many = "\n".join([MARKETING.splitlines()[0], *[line.replace("23.00", f"{10 + n}.00") for n in range(LEAST)]])
    table = taxi_times(read_bts(written(tmp_path / "month.csv", many)))
    out = table.filter(direction="out").row(0, named=True)
    assert (out["airport_iata"], out["median_minutes"], out["flights"]) == ("ABE", 10 + (LEAST - 1) / 2, LEAST)
    assert out["p20_minutes"] < out["median_minutes"] < out["p80_minutes"]
    assert table.filter(direction="in")["airport_iata"].to_list() == ["ATL"]
