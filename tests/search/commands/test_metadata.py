"""Free metadata from CSVs: what is read, whose it becomes, and that nothing is embedded for it."""

import json
import os
import unicodedata
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from absl import flags
from search.commands.making import call, cloth

from fabric_retrieval.errors import UserError
from fabric_retrieval.search.adding import Summary, add_folder
from fabric_retrieval.search.commands import search as search_command
from fabric_retrieval.search.commands.index import unused_told
from fabric_retrieval.search.free_metadata import RESERVED, FreeMetadata, read_csv
from fabric_retrieval.search.index import open_index

Photograph = namedtuple("Photograph", "image_id fabric")
DENIM = Photograph("denim/1.jpg", "denim")


@pytest.fixture
def table(tmp_path):
    """Writes a CSV and returns its path."""

    def write(content, name="list.csv"):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def free(item):
    return {name: value for name, value in item.metadata.items() if name not in RESERVED}


def not_needed():
    raise AssertionError("the model was opened")


@pytest.mark.parametrize(
    "content",
    [
        "fabric,price,made of\ndenim,12.50,cotton\n",
        "\ufefffabric,price,made of\r\ndenim,12.50,cotton\r\n",  # as Excel writes it
        'made of, price ,"fabric"\n\n cotton ,"12.50",denim\n,,\n',
        "image,price,made of\ndenim/1.jpg,12.50,cotton",
    ],
)
def test_a_table_says_what_its_columns_are_called(table, content):
    assert read_csv(table(content)).applied({}, DENIM) == {"price": "12.50", "made of": "cotton"}


def test_values_may_hold_commas_quotes_and_lines(table):
    found = read_csv(table('fabric,note\ndenim,"a, ""b""\nc"\n')).applied({}, DENIM)
    assert found == {"note": 'a, "b"\nc'}


def test_a_row_replaces_what_there_was_but_what_the_index_notes(table):
    own = {"root": "0", "path": "denim/1.jpg", "file": {"size": 1}, "width": 2, "height": 3}
    before = own | {"price": "10", "supplier": "Weber"}
    metadata = read_csv(table("fabric,price,colour\ndenim,12,\n"))
    assert metadata.applied(before, DENIM) == own | {"price": "12"}
    assert before["supplier"] == "Weber"  # unchanged itself
    assert metadata.applied(before, Photograph("linen/1.jpg", "linen")) == before


def test_what_a_photographs_row_says_counts_before_its_fabrics(table):
    fabrics = table("fabric,price,supplier\ndenim,10,Weber\n", "fabrics.csv")
    images = table("image,price,supplier\ndenim/1.jpg,12,\n", "images.csv")
    for paths in ((fabrics, images), (images, fabrics)):
        metadata = read_csv(*paths)
        assert metadata.applied({}, DENIM) == {"price": "12", "supplier": "Weber"}
        assert metadata.applied({}, DENIM._replace(image_id="denim/2.jpg")) == {
            "price": "10",
            "supplier": "Weber",
        }


def test_semicolons_where_commas_are_decimal(table):
    metadata = read_csv(table("fabric;price;note\ndenim;12,50;a, b\n"))
    assert metadata.applied({}, DENIM) == {"price": "12,50", "note": "a, b"}


def test_names_are_the_same_however_a_system_writes_them(table):
    name = unicodedata.normalize("NFD", "größe")
    metadata = read_csv(table(f"fabric,price\n{unicodedata.normalize('NFC', name)},1\n"))
    photograph = Photograph(f"{name}/1.jpg", name)
    assert metadata.applied({}, photograph) == {"price": "1"}
    assert metadata.unused([photograph]) == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: .* found is nothing"),
        ("name,price\ndenim,1\n", "line 1: .* either image or fabric; found is 'name', 'price'"),
        ("fabric|price\ndenim|1\n", "line 1: .* separated by commas or .* found is 'fabric.price'"),
        ("\nimage,fabric,price\n", "line 2: .* one of them either image or fabric"),
        ("fabric\ndenim\n", "line 1: there is no column beside fabric"),
        ("fabric,price,\ndenim,1,\n", "line 1: column 3 has no name"),
        ("fabric,price,price\n", "line 1: the column 'price' is there twice"),
        ("fabric,price\ndenim,1\n\nlinen,2\ndenim,3\n", r"line 5: the fabric 'denim' .*list\.csv, line 2"),
        ("image,price\na/1.jpg,1\na/1.jpg,1\n", r"line 3: the image 'a/1.jpg' .*list\.csv, line 2"),
        ("fabric,price\ndenim,1\nlinen,1,50\n", "line 3: 3 values, and there are 2 columns"),
        ("fabric,price\ndenim\n", "line 2: 1 values, and there are 2 columns"),
        ("fabric,price\ndenim,1\n ,2\n", "line 3: the column fabric is empty"),
        ('fabric,note\ndenim,"a\nb"\nlinen,"c\nd', "line 4: no CSV"),
        ('fabric,note\ndenim,"a\nb"\nlinen,1,2\n', "line 4: 3 values"),
        ("fabric,price\ndenim,1\ngröße,2\n".encode("latin-1"), "line 3: not UTF-8"),
        ("fabric,price\ndenim,1\n".encode("utf-16"), "line 1: not UTF-8"),
    ],
)
def test_what_is_no_such_table_is_refused_by_file_and_line(table, content, message):
    path = table(content)
    with pytest.raises(UserError, match=f"{path}, {message}"):
        read_csv(path)


@pytest.mark.parametrize("name", ["root", "path", "file", "width", "height"])
def test_reserved_names_are_refused(table, name):
    with pytest.raises(UserError, match=f"under the name '{name}'"):
        read_csv(table(f"fabric,{name}\n"))


def test_a_missing_file_is_named(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(UserError, match=f"{path}: cannot be read"):
            read_csv(path)


def test_the_same_fabric_in_two_tables_is_refused(table):
    one, other = table("fabric,price\ndenim,1\n", "a.csv"), table("fabric,supplier\ndenim,Weber\n", "b.csv")
    with pytest.raises(UserError, match=r"b\.csv, line 2: .*a\.csv, line 2"):
        read_csv(one, other)


def test_new_photographs_come_with_their_metadata(index, photos, describer, table):
    metadata = read_csv(table("fabric,price\ncloth-00,10\nsilk,99\n"))
    summary = add_folder(index, photos, describer.open, free_metadata=metadata)
    row = f"{table('')}, line 3: fabric 'silk'"
    assert summary == Summary(32, 0, 0, 0, [], [], 0, (row,))
    for item in index.items():
        assert free(item) == ({"price": "10"} if item.fabric == "cloth-00" else {})
        assert set(RESERVED) <= set(item.metadata)


def test_unchanged_photographs_get_metadata_without_being_embedded(index, photos, describer, table):
    add_folder(index, photos, describer.open)
    before = {item.image_id: index.get(item.image_id) for item in index.items()}
    metadata = read_csv(table("image,price\ncloth-00/0.jpg,10\ncloth-01/2.jpg,20\n"))
    os.utime(photos / "cloth-01/2.jpg", ns=(1, 1))  # the same bytes at another time

    assert add_folder(index, photos, not_needed, free_metadata=metadata) == Summary(0, 0, 32, 0, [], [], 2)
    with open_index(index.location) as saved:
        for item in saved.items():
            old, vector = before[item.image_id]
            expected = {"cloth-00/0.jpg": {"price": "10"}, "cloth-01/2.jpg": {"price": "20"}}
            assert free(item) == expected.get(item.image_id, {})
            assert item.metadata["file"]["sha256"] == old.metadata["file"]["sha256"]
            np.testing.assert_array_equal(saved.get(item.image_id)[1], vector)
    # The second time there is nothing to do, and nothing is written.
    manifest = Path(index.location, "manifest.json").read_bytes()
    assert add_folder(index, photos, not_needed, free_metadata=metadata).described == 0
    assert Path(index.location, "manifest.json").read_bytes() == manifest


def test_metadata_are_kept_until_a_row_says_otherwise(index, photos, describer, table):
    def given(content):
        summary = add_folder(index, photos, describer.open, free_metadata=read_csv(table(content)))
        return summary.described, free(index.get("cloth-00/0.jpg")[0]), free(index.get("cloth-01/0.jpg")[0])

    both = "fabric,price,supplier\ncloth-00,10,Weber\ncloth-01,20,Weber\n"
    assert given(both) == (0, {"price": "10", "supplier": "Weber"}, {"price": "20", "supplier": "Weber"})
    describer.seen.clear()

    add_folder(index, photos, not_needed)  # without metadata all stay
    assert free(index.get("cloth-00/0.jpg")[0]) == {"price": "10", "supplier": "Weber"}
    # A column that is gone vanishes, of photographs that are named.
    assert given("fabric,price\ncloth-00,10\n") == (4, {"price": "10"}, {"price": "20", "supplier": "Weber"})
    assert given("fabric,price\ncloth-00,\n") == (4, {}, {"price": "20", "supplier": "Weber"})
    assert describer.seen == []

    (photos / "cloth-01/0.jpg").write_bytes(next(cloth(np.random.default_rng(7), 1)))
    add_folder(index, photos, describer.open)  # other pixels, the same price
    assert len(describer.seen) == 1
    assert free(index.get("cloth-01/0.jpg")[0]) == {"price": "20", "supplier": "Weber"}
    (photos / "cloth-01/0.jpg").write_bytes(next(cloth(np.random.default_rng(8), 1)))
    assert given("fabric,price\ncloth-01,21\n") == (3, {}, {"price": "21"})


def test_a_killed_addition_is_made_good(index, photos, described, table):
    class Away(UserError):
        pass

    def model(images):
        raise Away("no answer")

    model.dimension = described.dimension
    metadata = read_csv(table("fabric,price\ncloth-00,10\n"))
    with pytest.raises(Away):
        add_folder(index, photos, lambda: model, free_metadata=metadata)
    add_folder(index, photos, lambda: described)
    assert free(index.get("cloth-00/0.jpg")[0]) == {}
    assert add_folder(index, photos, not_needed, free_metadata=metadata).described == 4


def test_with_no_rows_nothing_changes():
    metadata = FreeMetadata()
    assert metadata.unused([DENIM]) == ()
    assert metadata.applied({"price": "1"}, DENIM) == {"price": "1"}


def test_many_unused_rows_are_cut_short():
    lines = unused_told([f"list.csv, line {line}: fabric 'x'" for line in range(2, 1502)], ["a", "b"])
    assert lines.splitlines()[0] == "1,500 rows of metadata name nothing in a or b:"
    assert lines.splitlines()[-1] == "  and 1,480 more"
    assert len(lines.splitlines()) == 22


def test_the_commands_take_and_show_them(place, small_run, photos, tmp_path, table, capsys):
    where, other = f"--index={place}", tmp_path / "other"
    (other / "silk").mkdir(parents=True)
    (photos / "cloth-07/3.jpg").rename(other / "silk/1.jpg")
    call("create", where, f"--saved_model={small_run / 'saved_model'}")
    call("add", where, photos)
    prices = table("fabric,price,supplier\ncloth-00,12 €,Weber & Söhne\nsilk,40,\nvelvet,5,\n", "prices.csv")
    images = table("image,price\ncloth-00/2.jpg,13 €\n", "images.csv")
    capsys.readouterr()

    call("add", where, photos, other, f"--metadata={prices}", f"--metadata={images}")
    assert capsys.readouterr().out.splitlines() == [
        f"{photos}: 0 added, 0 changed, 31 as before, 0 removed; 31 images in the index.",
        "4 of those as before have got other metadata.",
        f"{other}: 1 added, 0 changed, 0 as before, 0 removed; 32 images in the index.",
        f"1 rows of metadata name nothing in {photos} or {other}:",
        f"  {prices}, line 4: fabric 'velvet'",
    ]
    found = searched(where, photos / "cloth-00/2.jpg", capsys)
    assert found["cloth-00/2.jpg"]["price"] == "13 €"
    assert found["cloth-00/1.jpg"]["price"] == "12 €"
    assert found["cloth-00/2.jpg"]["supplier"] == found["cloth-00/1.jpg"]["supplier"] == "Weber & Söhne"
    assert found["silk/1.jpg"]["price"] == "40"
    assert "price" not in found["cloth-01/0.jpg"]


def searched(where, path, capsys):
    """{id: metadata} of what fabric-search --json finds."""
    values = flags.FlagValues()
    search_command.define_flags(values)
    (photograph,) = values(["fabric-search", where, "--json", "--k=32", str(path)])[1:]
    search_command.search([photograph], values)
    (answer,) = json.loads(capsys.readouterr().out)["answers"]
    return {image["id"]: image["metadata"] for fabric in answer["fabrics"] for image in fabric["images"]}


def test_a_bad_table_is_refused_before_anything_is_added(small_run, photos, tmp_path, table):
    where = f"--index={tmp_path / 'index'}"
    call("create", where, f"--saved_model={small_run / 'saved_model'}")
    with pytest.raises(UserError, match="'width'"):
        call("add", where, photos, f"--metadata={table('fabric,width' + chr(10))}")
    with open_index(tmp_path / "index") as index:
        assert index.count() == 0
