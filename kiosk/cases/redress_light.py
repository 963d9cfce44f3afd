"""How the redress of a bad rating stands against its day: a light, and the days in words. Pure.

Neighbours: `deadlines` does the same for cases, `redressing` says which step is owed by when.
"""

from datetime import date

from forms.definition import Text
from kiosk.cases.deadlines import GREEN, RED, YELLOW, Light, working_days

#: Working days left from which a clerk should see yellow.
SOON = 2
#: What is owed in each state, in Chinese and English.
_OWED = {
    "open": Text("联系", "to contact"),
    "contacted": Text("答复", "to reply"),
    "replied": Text("回访", "to call back"),
}


def light_of(state: str, due_on: date, today: date) -> Light:
    """Return the light of a redress in which a step is owed by `due_on`."""
    owed = _OWED[state]
    if today > due_on:
        # A day missed over a weekend is missed, although no working day has passed since.
        late = max(1, working_days(due_on, today))
        zh, en = f"{owed.zh}已逾期 {late} 个工作日", f"{late} working days late {owed.en}"
        return Light(RED, Text(zh, en))
    left = working_days(today, due_on)
    if left == 0:
        return Light(YELLOW, Text(f"今天须{owed.zh}", f"Today is the last day {owed.en}"))
    words = Text(f"还有 {left} 个工作日{owed.zh}", f"{left} working days {owed.en}")
    return Light(YELLOW if left <= SOON else GREEN, words)
