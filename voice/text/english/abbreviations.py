"""Abbreviations of English, without their last full stop: is it the end of a sentence, too?"""

import re

__all__ = ["BEFORE_NAMES", "BEGINNERS", "CONTINUES", "MAY_END", "NEVER_ENDS", "NUMBER_WORDS"]

NEVER_ENDS = re.compile(
    "Mr|Mrs|Ms|Mx|Dr|Drs|Prof|St|Ste|Mt|Ft|Sgt|Maj|Capt|Cpt|Lt|Gen|Col|Cmdr|Gov|Sen|Rep|Rev|Hon|Pres|Supt|Messrs|Mme"
    "|Mlle|Sra|Srta|Fr|Apt|Rm|Bldg|[vV]s|[aA]pprox|[cC]f|[vV]iz|[iI]ncl|[eE]xcl|[rR]esp|[eE]sp|[tT]el|Ph|[A-HJ-Z]"
    r"|[eE]\.g|[iI]\.e|a\.k\.a|P\.O"
)
"""Something always follows. "I" is a word."""
MAY_END = re.compile(
    "etc|Inc|Ltd|Co|Corp|LLC|Bros|Jr|Sr|Esq|Ave|Blvd|Rd|Ln|Ct|Pl|Sq|Hwy|Pkwy|Fl|[dD]ept|Univ|Assn|al|[a-z]"
    "|Mon|Tues?|Wed|Thu|Thurs?|Fri|Sat|Sun|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
    "|Nos?|[fF]igs?|[vV]ols?|pp|ch|[eE]xt|[eE]st|[aA]vg|[mM]isc|[mM]ax|[tT]emp|[aA]ppt|[eE]d|[eE]ds|[sS]ec"
    "|ft|lbs?|oz|hrs?|mins?|secs?|yrs?|tsp|tbsp|sq|min"
    r"|(?:[^\W\d_]\.)+[^\W\d_]|Ph\.D|[MB]\.(?:Sc|Ed|Eng)|M\.?Phil|D\.?Phil|Ed\.D|Pharm\.D"
)
"""The end if what follows looks like a beginning ("tea, etc. We are open", but "Nov. 24", "No. five", "5 p.m.")."""
BEFORE_NAMES = re.compile(r"U\.S|U\.K|U\.N|E\.U|U\.S\.A|Ph\.D|M\.D|[BM]\.A|[BM]\.Sc|D\.D\.S|R\.N")
"""Of those, the ones that names follow ("U.S. Embassy"): the end only before one of `BEGINNERS`."""
BEGINNERS = frozenset(
    [
        *("We", "I", "It", "The", "You", "They", "He", "She", "This", "That", "These", "Those", "There"),
        *("If", "In", "On", "At", "But", "And", "Or", "So", "Our", "Your", "My", "His", "Her", "Its"),
        *("Their", "Please", "Would", "Could", "Should", "What", "When", "Where", "Who", "Why", "How"),
        *("Can", "Do", "Does", "Did", "Is", "Are", "Was", "Were", "Will", "Have", "Has", "For", "To"),
        *("From", "A", "An", "No", "Not", "Yes", "Let", "Thanks", "Thank", "Now", "Then", "Here", "Just"),
        *("As", "After", "Before", "By", "With", "All", "Some", "Any", "Each", "Every", "One", "Two"),
    ]
)
CONTINUES = frozenset(
    [
        *("Suite", "Unit", "Apt", "Ste", "Floor", "Room", "Rm", "Bldg", "Building", "Box", "NW", "NE"),
        *("SW", "SE", "North", "South", "East", "West", "Inc", "Ltd", "LLC", "Jr"),
    ]
)
"""Words with a capital that go on after an abbreviation all the same: "Oak Ave. Suite 5", "Co. Ltd."."""
NUMBER_WORDS = re.compile("zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\\w+teen|\\w+ty")
"""The first word of a number: "No. five" is no answer."""
