"""Amounts of money as they are written, with the words for them."""

import pytest

from tests.fakes.filtered import both


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is $.99 each.", "It is ninety-nine cents each."),
        ("A tip of $.50 is fine.", "A tip of fifty cents is fine."),
        ("The room is USD 12.50.", "The room is twelve dollars and fifty cents."),
        ("It is US$20.", "It is twenty dollars."),
        ("The fare is ₹500.", "The fare is five hundred rupees."),
        ("Your balance is $-5.00.", "Your balance is minus five dollars."),
        ("-$5.00 or −€3.50", "minus five dollars or minus three euros and fifty cents"),
        ("USD-5 and USD -5", "minus five dollars and minus five dollars"),
        ("It costs $12.5.", "It costs twelve point five dollars."),
        ("€5,50 or 12,50 €", "five euros and fifty cents or twelve euros and fifty cents"),
        ("€1.200,50 or 10 000,00 €", "one thousand two hundred euros and fifty cents or ten thousand euros"),
        ("1'000'000 CHF", "one million francs"),
        ("₹1,50,000", "one hundred fifty thousand rupees"),
        ("₩5000, ₽100, ฿100, ₫50,000", "five thousand won, one hundred rubles, one hundred baht, fifty thousand dong"),
        (
            "CA$15, A$20, NZ$5, R$20",
            "fifteen Canadian dollars, twenty Australian dollars, five New Zealand dollars, twenty reais",
        ),
        ("20 USD, 15 EUR, 100 INR, 50 zł", "twenty dollars, fifteen euros, one hundred rupees, fifty zlotys"),
        ("Rs. 500 or Rs 500", "five hundred rupees or five hundred rupees"),
        ("$20 CAD", "twenty Canadian dollars"),
        ("$5 USD", "five dollars"),
        ("US$ 20", "twenty dollars"),
        ("5 million USD or $3 million", "five million dollars or three million dollars"),
        (
            "$1.5M, $2bn, £5m, $100k",
            "one point five million dollars, two billion dollars, five million pounds, one hundred thousand dollars",
        ),
        ("$1k-2k", "one thousand dollars to two thousand dollars"),
        ("$10-$15 or $10–15 per person", "ten to fifteen dollars or ten to fifteen dollars per person"),
        ("$12.50-$15.00", "twelve dollars and fifty cents to fifteen dollars"),
        ("$1,234.56", "one thousand two hundred thirty-four dollars and fifty-six cents"),
        ("99¢ and 50p", "ninety-nine cents and fifty pence"),
        ("$0.01, $0.00", "one cent, zero dollars"),
        ("£1.01", "one pound and one penny"),
        ("$15 pp, €15 p.p.", "fifteen dollars per person, fifteen euros per person"),
        ("We have $5. In the US, too.", "We have five dollars. In the US, too."),
    ],
)
def test_an_amount_is_said_with_its_currency(text: str, expected: str) -> None:
    assert (expected, expected) == both(text)
