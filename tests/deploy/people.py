"""Makes the people of deploy-check with the settings of production; run as a process, it prints what they know."""

import json
import os


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.prod"
    import django

    django.setup()
    from allauth.account.models import EmailAddress

    from accounts import keys
    from accounts.models import User
    from tests.conftest import PASSWORD

    told: dict[str, object] = {"password": PASSWORD}
    for name in ("alice", "bob"):
        person = User.objects.create_user(name, f"{name}@example.org", PASSWORD)
        # Production lets nobody in whose address is not confirmed.
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        told[name] = name
    alice = User.objects.get(username="alice")
    told["key"] = keys.make(alice, keys.Wish("check", ["read", "generate"]))[1]
    told["code"] = keys.make_code(alice, "comfy")[1]
    print(json.dumps(told))


if __name__ == "__main__":
    main()
