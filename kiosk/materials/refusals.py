"""The domain errors of pictures, each with the words a person reads.

The codes are also what the picture child answers. Knows nothing of how pictures are read.
"""

from forms.definition import Text
from kiosk.errors import DomainError, Invalid, TooLarge, Unavailable, Unsupported

_REFUSALS: dict[str, tuple[type[DomainError], Text]] = {
    "picture_undecodable": (
        Invalid,
        Text(
            "这张图片无法打开,请重新拍摄或另选一张。",
            "This picture cannot be opened. Take it again or choose another.",
        ),
    ),
    "picture_too_large": (
        TooLarge,
        Text("图片太大,请换一张小一些的图片。", "This picture is too large. Choose a smaller one."),
    ),
    "picture_type": (
        Unsupported,
        Text("只接受 JPEG、PNG 或 WebP 图片。", "Only JPEG, PNG and WebP pictures are accepted."),
    ),
    "picture_timeout": (
        Invalid,
        Text(
            "这张图片处理时间过长,请重新拍摄。",
            "This picture takes too long to read. Take it again.",
        ),
    ),
    "pictures_busy": (
        Unavailable,
        Text(
            "正在处理其他图片,请稍后再试。", "Other pictures are being read. Try again in a moment."
        ),
    ),
    "picture_reader_lost": (
        Unavailable,
        Text(
            "图片暂时无法处理,请稍后再试。",
            "Pictures cannot be read at the moment. Try again shortly.",
        ),
    ),
}


def refusal(code: str) -> DomainError:
    """Return the error to raise for this code; KeyError for an unknown one."""
    kind, message = _REFUSALS[code]
    return kind(code, message)
