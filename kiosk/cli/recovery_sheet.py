"""The sheet that the secret of a recovery key is kept on: groups to type, a code to scan.

In Chinese and English, since whoever needs it may be anybody. Neighbour: ``kiosk.cli.backup``
prints it; nothing here is kept.
"""

from kiosk.backup.recovery_key import grouped
from kiosk.receipts import qr

_PAGE = """<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><title>备份恢复密钥 · Recovery key</title>
<style>body{{font:16px sans-serif;max-width:44rem;margin:2rem auto}}code{{font:20px monospace}}
svg{{width:9cm;height:9cm}}small{{word-break:break-all}}</style></head><body>
<h1>备份恢复密钥<br>Recovery key of backups</h1>
<p>持有此密钥者可以打开备份中的全部内容。请打印两份，分开锁好，不要留在机器上。<br>
Whoever has this key can open all that the backups hold. Print it twice, lock the copies away in two
places, and leave none on the machine.</p>
<p><code>{secret}</code></p>
{code}
<p>机器指纹 Fingerprint of the machine: <b>{fingerprint}</b><br>
恢复时请核对。 Compare it after a restore.</p>
<p>恢复 To restore: <code>kiosk restore FOLDER --data DIR</code></p>
<p><small>公钥 Public half: {public}</small></p>
</body></html>
"""


def page(secret: str, public: str, fingerprint: str) -> str:
    """Return the sheet as an HTML page that needs nothing else."""
    return _PAGE.format(
        secret=" ".join(grouped(secret)),
        code=qr.svg(secret, "Q"),
        fingerprint=fingerprint,
        public=public,
    )


def plain(secret: str, public: str, fingerprint: str) -> str:
    """Return the sheet for a text screen."""
    return "\n".join(
        (
            "备份恢复密钥 Recovery key of backups",
            " ".join(grouped(secret)),
            qr.blocks(secret),
            f"机器指纹 Fingerprint of the machine: {fingerprint}",
            f"公钥 Public half: {public}",
        )
    )
