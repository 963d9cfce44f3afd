"""The application form: every question with its words, covered or not, and nothing that acts."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from kiosk import clock
from kiosk.hall.showing import in_full
from kiosk.printing import form
from kiosk.printing.handed_in import HandedIn
from kiosk.receipts.qr import new_token
from kiosk.terminal.showing import shown
from tests.builders.definitions import written
from tests.builders.papers import page_count, text_of

ITEMS = written().items
RELEASE = "0123456789abcdef" * 4
NUMBER = "320582000000123"
#: The bidirectional override turns what follows round; the zero-width space hides in a name.
HOSTILE = (
    '<script>alert(1)</script><img src="http://127.0.0.1:1/x"><style>*{display:none}</style>'
    "{{ 7*7 }} \u202egnirts\u202c \u200b"
)

pytestmark = pytest.mark.usefixtures("speaking_app")


@pytest.fixture
def case() -> Callable[..., HandedIn]:
    """A case of an item as its first passing sample fills it, changed by what is given."""

    def make(code: str = "MZ-001", **changes: Any) -> HandedIn:
        item = ITEMS[code]
        sample = next(sample for sample in item.samples if not sample.expect)
        body = {
            "answers": deepcopy(dict(sample.answers)),
            "attachments": [{"requirement": "id_cards", "mode": "file"}],
            "commitment": False,
            "signature": {"method": "confirmed", "material": None},
        }
        at = datetime.combine(sample.today, datetime.min.time(), clock.LOCAL)
        body |= changes
        return HandedIn(NUMBER, "320582100008", item, RELEASE, at, body, None, signed=body)

    return make


def covered(case: HandedIn) -> str:
    return form.copy(case, shown, is_covered=True)


def test_a_covered_copy_has_the_labels_and_the_numbers_masked(press, case):
    text = text_of(press.pdf(covered(case())))
    assert "公民身份号码" in text
    assert "ID number" in text
    assert "320582********1239" in text
    assert "138****1001" in text
    assert "个人信息已遮挡" in text
    for full in ("320582197506121239", "6228480402564890018", "13862271001", "王建国", "李秀芳"):
        assert full not in text


def test_a_signed_copy_has_them_in_full(press, case):
    html = form.copy(case(), in_full, is_covered=False, printed_by="陈静")
    text = text_of(press.pdf(html))
    assert "320582197506121239" in text
    assert "王建国" in text
    assert "签名件" in text
    assert "陈静" in text


def test_a_copy_says_which_case_item_and_release_it_is_of(press, case):
    text = text_of(press.pdf(covered(case())))
    assert "3205 8200 0000 123" in text
    assert "MZ-001" in text
    assert RELEASE[:12] in text
    assert "2026-11-20" in text
    assert "参考数据，未经主管部门确认" in text


def test_choices_are_said_in_both_languages_and_typed_answers_once(press, case):
    text = text_of(press.pdf(covered(case())))
    assert "重病、上学开支大" in text
    assert "Serious illness" in text
    assert text.count("张家港农村商业银行") == 1


def test_materials_say_what_has_become_of_them(case):
    html = covered(case())
    assert "已拍照提交" in html
    assert "未提交" in html
    assert "填表后自动生成" in html
    deferred = [{"requirement": "household_register", "mode": "deferred"}]
    assert "后补" in covered(case(attachments=deferred))


def test_the_promise_is_printed_where_it_was_given(case):
    words = ITEMS["MZ-001"].commitment.zh
    assert words in covered(case(commitment=True))
    assert words not in covered(case(commitment=False))
    assert "未作承诺" in covered(case(commitment=False))


def test_what_was_promised_for_later_is_printed_as_signed_with_its_day(press, case):
    promised = {"requirement": "income_proof", "mode": "deferred", "due": "2026-12-04"}
    made = case(attachments=[promised])
    text = text_of(press.pdf(covered(made)))
    words = "本人承诺在2026年12月4日前补交收入证明"
    assert words in text
    assert "2026-12-04前交" in text
    came = {"requirement": "income_proof", "mode": "file", "supplied_at": "2026-12-01T02:30:00Z"}
    later = replace(made, body={**made.body, "attachments": [came]})
    text = text_of(press.pdf(covered(later)))
    # What was signed stays beside what has become of it.
    assert words in text
    assert "2026-12-01 10:30补交" in text


def test_an_electronic_certificate_is_named_and_its_number_covered_for_readers(press, case):
    issuer = {"zh": "张家港市公安局", "en": "Zhangjiagang Public Security Bureau"}
    found = {"type": "id_card", "reference": "ZZ-4F279990A394", "issuer": issuer}
    made = case(
        attachments=[{"requirement": "id_cards", "mode": "certificate", "certificate": found}]
    )
    text = text_of(press.pdf(form.copy(made, in_full, is_covered=False)))
    assert "张家港市公安局" in text and "ZZ-4F279990A394" in text
    assert "ZZ-4F279990A394" not in covered(made)
    assert "A394" in covered(made)


def test_only_who_has_the_token_gets_the_code_of_the_receipt(case):
    assert "data:image/svg+xml" not in covered(case())
    assert "data:image/svg+xml" in covered(replace(case(), token=new_token()))


def test_who_did_not_draw_is_said_to_have_confirmed(case):
    assert "未手写签名" in covered(case())
    drawn = case(signature={"method": "drawn", "material": "m1"})
    assert "签名图片还没有传到" in covered(drawn)
    assert "data:image/jpeg" in covered(replace(drawn, signature=b"\xff\xd8"))


@pytest.mark.parametrize("typed", [HOSTILE, "长" * 4000, "W" * 4000, "行\n" * 200])
def test_hostile_and_endless_answers_are_text_and_break_no_page(press, case, typed):
    made = case()
    made.body["answers"]["account"]["bank"] = typed
    html = covered(made)
    assert "<script" not in html
    assert "\u202e" not in html
    assert "\u200b" not in html
    pdf = press.pdf(html)
    text = text_of(pdf)
    assert page_count(pdf) < 12
    assert "开户银行" in text
    assert "提交情况" in text
    assert b"/JavaScript" not in pdf
    if typed == HOSTILE:
        assert "<script>alert(1)</script>" in text
        assert "{{ 7*7 }}" in text


def test_every_sample_of_every_item_can_be_laid_out(case):
    for code in ITEMS:
        html = covered(case(code))
        assert ITEMS[code].sections[0].title.zh in html


@pytest.mark.parametrize("code", ["MZ-001", "YB-14", "CL-004"])
def test_a_blank_form_asks_everything_and_answers_nothing(press, code):
    item = ITEMS[code]
    text = text_of(press.pdf(form.blank(item, RELEASE)))
    for section in item.sections:
        for field in section.fields:
            assert field.label.zh.replace(" ", "") in text.replace(" ", "")
    assert "空白表" in text
    assert "受理编号" not in text


def test_a_blank_form_leaves_room_for_several_rows_and_says_when_a_question_counts():
    html = form.blank(ITEMS["MZ-001"], RELEASE)
    assert "共同生活的家庭成员 3" in html
    assert "“致困原因”选了“其他”时" in html
