from voice.providers.llama.common_words import content, told


def test_what_a_text_is_about_has_no_common_words() -> None:
    assert content("Do you have gluten free cake?") == {"gluten", "free", "cake"}


def test_words_that_mean_the_same_are_one() -> None:
    assert content("the Wi-Fi") == content("wireless")
    assert content("When do you close?") == content("opening hours")


def test_words_of_politeness_tell_nothing() -> None:
    assert told("You are welcome, have a nice day, goodbye!") == set()
    assert told("We have a pool, goodbye!") == {"pool"}
