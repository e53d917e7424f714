"""Private works, opened by staff: only with a reason, which is recorded and, but for legal holds, told to the owner."""

import base64
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import notices, records
from accounts.models import User
from gallery import files, recipes
from gallery.models import Work
from gallery.moderation import decisions

REASON_LEAST = 10


class OpeningForm(forms.Form):
    """Which work, why, and whether its owner must not hear of it."""

    work = forms.UUIDField(label=_("Work (its id)"))
    why = forms.CharField(
        label=_("Why"), min_length=REASON_LEAST, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    legal_hold = forms.BooleanField(label=_("Legal hold: the owner is not told"), required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@permission_required("gallery.open_private", raise_exception=True)
@never_cache
def open_private(request: HttpRequest) -> HttpResponse:
    """`/moderation/private/`: a form; sent, the work itself, once. To look again means to give a reason again."""
    assert isinstance(request.user, User)
    form = OpeningForm(request.POST or None, initial={"work": request.GET.get("work", "")})
    if not request.user.has_perm("gallery.legal_hold"):
        del form.fields["legal_hold"]
    shown: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        work = open_work(request.user, told["work"], told["why"], legal_hold=told.get("legal_hold", False))
        if work is None:
            form.add_error("work", _("There is no such work."))
        else:
            shown |= {"work": work, "picture": _picture(work), "table": recipes.table(work), "why": told["why"]}
    return render(request, "gallery/moderation/private.html", shown, status=422 if form.errors else 200)


def open_work(staff: User, work_id: UUID, why: str, *, legal_hold: bool) -> Work | None:
    """The work, after its opening is recorded and told. None when there is none."""
    with transaction.atomic():
        work = Work.objects.select_related("owner").prefetch_related("files").filter(pk=work_id).first()
        if work is None:
            return None
        records.record(staff, "open_private", work, why=why, after={"legal_hold": legal_hold})
        if not legal_hold and work.owner_id != staff.pk:
            notices.tell(work.owner, "private_opened", title=decisions.title_of(work), words=why)
        return work


def _picture(work: Work) -> str:
    """The picture inside the page: no address of it stays open behind."""
    file = work.file("thumb-640") or work.file("image")
    if file is None:
        return ""
    try:
        data = files.WORKS.store.read(file.sha256)
    except FileNotFoundError:
        return ""
    return f"data:{file.media_type};base64,{base64.b64encode(data).decode('ascii')}"
