"""Secrets of other servers in the database: unreadable without our key, readable after it has changed."""

from typing import Any

import pytest

from studio.process import sealing


def test_sealed_secret_does_not_show_and_comes_back() -> None:
    sealed = sealing.seal("sk-abc")
    assert "sk-abc" not in sealed and sealing.seal("sk-abc") != sealed
    assert sealing.unseal(sealed) == "sk-abc"
    assert (sealing.seal(""), sealing.unseal("")) == ("", "")


def test_earlier_key_is_read_and_renewed_and_a_lost_one_is_told(settings: Any) -> None:
    settings.SECRET_KEY = "old" * 20
    sealed = sealing.seal("sk-abc")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new" * 20, ["old" * 20]
    assert sealing.unseal(sealed) == "sk-abc"
    fresh = sealing.renewed(sealed)
    assert fresh != sealed and sealing.renewed(fresh) == fresh and sealing.renewed("") == ""
    settings.SECRET_KEY_FALLBACKS = []
    assert sealing.unseal(fresh) == "sk-abc"
    for damaged in (sealed, fresh[:-4], "nonsense"):
        with pytest.raises(sealing.Unreadable):
            sealing.unseal(damaged)
