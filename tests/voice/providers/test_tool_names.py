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
