"""Notices by e-mail, in the language of who gets them. Whether at all is a setting (NOTICES_BY_MAIL)."""

from django.conf import settings
from django.core.mail import send_mail
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import notices
from accounts.models import Notice


def send_notice(notice_id: int) -> bool:
    """Mail one notice; False when it is gone, or its person has no address. Raises what the mail server says."""
    notice = Notice.objects.select_related("user").filter(pk=notice_id).first()
    if notice is None or not notice.user.email:
        return False
    language = getattr(notice.user, "language", "") or settings.LANGUAGE_CODE
    with translation.override(language):
        told = notices.words(notice.code, notice.params)
        body = [_("Hello %(name)s,") % {"name": notice.user.get_username()}, told]
        if notice.link:
            body.append(settings.PUBLIC_URL + notice.link)
        subject = settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + _("News for you")
        send_mail(subject, "\n\n".join(body) + "\n", None, [notice.user.email])
    return True
