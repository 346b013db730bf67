import re

from voice.providers.tool_names import ToolNames


def test_names_that_vendors_accept_stay_as_they_are():
    assert ToolNames(["book_table-2"]).to_vendor("book_table-2") == "book_table-2"


def test_every_name_comes_back_from_what_is_sent_for_it():
    names = ["cafe.book", "cafe/book", "cafe_book", "ü" * 80, "ü" * 90, ""]
    mapped = ToolNames(names)
    sent = [mapped.to_vendor(name) for name in names]
    assert names == [mapped.from_vendor(name) for name in sent]
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in sent)


def test_a_name_the_model_invented_is_not_changed():
    assert ToolNames(["book"]).from_vendor("make_coffee") == "make_coffee"


def test_a_name_is_known_in_the_dress_that_models_and_servers_give_it():
    names = ToolNames(["cafe.book", "now"])
    for written in ("cafe_book", "cafe.book", "functions.cafe_book:0", "Cafe_Book", " cafe_book ", "cafe_book<|x|>y"):
        assert names.known(written) == names.from_vendor(written) == "cafe.book"
    assert names.known("book") is None
    assert names.written
    assert {"cafe_book", "cafe.book", "now"} == set(names.written)


def test_a_name_that_could_mean_two_tools_is_nobodys():
    names = ToolNames(["Book", "BOOK"])
    assert names.known("book") is None
    assert names.known("Book") == "Book"
